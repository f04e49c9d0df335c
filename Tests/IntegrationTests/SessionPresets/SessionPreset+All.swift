extension SessionPreset {
    static let all: [SessionPreset] = [
        adonis,
        authjs, authjsDrizzle, authjsPrisma, authjsMapped,
        betterAuth, betterAuthDrizzle, betterAuthNumbers,
        django,
        express, expressByHand,
        hummingbird, hummingbirdFluent,
        kratos,
        laravel,
        luciaPlain, luciaHashed, luciaSplit,
        phoenix,
        rails, railsUUID,
        railsStore, railsStoreJSONB, railsStoreWrapped,
        supabase,
        vapor,
    ]
}
