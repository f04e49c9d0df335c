import Testing

@testable import Freshet

@Suite struct ProcessorCountTests {
    @Test(arguments: [("\t1", 1), ("\t3", 2), ("ffffffff,ffffffff", 64), ("00000000,00000010", 1), ("", 0)])
    func `the bits of a mask are counted`(mask: String, count: Int) {
        #expect(ProcessorCount.allowed(mask) == count)
    }

    @Test func `there is at least one processor`() {
        #expect(ProcessorCount.usable >= 1)
    }
}
