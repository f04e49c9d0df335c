extension SessionPreset {
    static let all: [SessionPreset] = [
        authjs, authjsDrizzle, authjsPrisma, authjsMapped, luciaPlain, luciaHashed, luciaSplit,
        railsStore, railsStoreJSONB, railsStoreWrapped, vapor, hummingbird, hummingbirdFluent, kratos,
    ]
}
