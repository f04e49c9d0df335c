package import Metrics

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What the system says of this process, by the names that Prometheus's own clients use.
package struct ProcessMetrics: Sendable {
    private let memory: Meter
    private let descriptors: Meter
    private let descriptorLimit: Meter
    private let processor: Meter
    private let began: Meter

    package init(_ factory: any MetricsFactory) {
        memory = Meter(label: "process_resident_memory_bytes", factory: factory)
        descriptors = Meter(label: "process_open_fds", factory: factory)
        descriptorLimit = Meter(label: "process_max_fds", factory: factory)
        processor = Meter(label: "process_cpu_seconds_total", factory: factory)
        began = Meter(label: "process_start_time_seconds", factory: factory)
        began.set(Int64(time(nil)))
    }

    package func set() {
        #if os(Linux)
            if let pages = Self.residentPages { memory.set(Int64(pages * sysconf(Int32(_SC_PAGESIZE)))) }
            if let count = Self.openDescriptors { descriptors.set(Int64(count)) }
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
            let who = RUSAGE_SELF.rawValue
            var usage = rusage()
            let isKnown = unsafe getrusage(__rusage_who_t(who), &usage) == 0
        #else
            let resource = RLIMIT_NOFILE
            var usage = rusage()
            let isKnown = unsafe getrusage(RUSAGE_SELF, &usage) == 0
            memory.set(Int64(usage.ru_maxrss))
        #endif
        if isKnown { processor.set(Self.seconds(usage.ru_utime) + Self.seconds(usage.ru_stime)) }
        var limit = rlimit()
        if unsafe getrlimit(resource, &limit) == 0 { descriptorLimit.set(Double(limit.rlim_cur)) }
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

    #if os(Linux)
        /// The second number of `/proc/self/statm` (proc(5)).
        private static var residentPages: Int? {
            guard let file = unsafe fopen("/proc/self/statm", "r") else { return nil }
            defer { unsafe fclose(file) }
            var buffer = [CChar](repeating: 0, count: 128)
            guard unsafe fgets(&buffer, 128, file) != nil else { return nil }
            let numbers = buffer.prefix { $0 != 0 }.split(separator: CChar(UInt8(ascii: " ")))
            guard numbers.count > 1 else { return nil }
            return Int(String(decoding: numbers[1].map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }

        private static var openDescriptors: Int? {
            guard let directory = unsafe opendir("/proc/self/fd") else { return nil }
            defer { unsafe closedir(directory) }
            var count = 0
            while unsafe readdir(directory) != nil { count += 1 }
            // Itself, and the two entries for directories.
            return max(count - 3, 0)
        }
    #endif
}
