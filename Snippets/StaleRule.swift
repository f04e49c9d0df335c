// When a copy is stale.
import Invalidation

let list = Tag("list", 7, "todos")
let todo = Tag("todo", 42)

// A row of list 7 was written, and what the database told covers the list and all that is below it.
let change = Change(tags: [Tag("list", 7)], scopes: [.user("ada")])
print(change.covers(list))  // true
print(change.covers(todo))  // false

// Nobody knows what was missed: everything counts as stale.
print(Change(reset: .history).covers(todo))  // true
