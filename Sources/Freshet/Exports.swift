// Whoever names what goes stale, and for whom, needs the words for it.
@_exported public import Invalidation
