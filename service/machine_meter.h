// What this machine does: the figures that autoscale formulas read of its nodes.
//
// Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "service/autoscale/samples.h"

namespace dms::service {

class MachineMeter {
 public:
  // `proc` is where the system tells of itself ("/proc"); the file system of `directory` is the
  // one whose use counts.
  MachineMeter(std::string proc, std::string directory)
      : proc_(std::move(proc)), directory_(std::move(directory)) {}

  // The figures at this moment, and what happened since the reading before: so the first has none
  // of the latter. What cannot be read is left out.
  //   $CPUPercent of all processors, $WallClockSeconds since the reading before
  //   $MemoryBytes in megabytes (2^20), $DiskBytes in gigabytes (2^30): the documentation's units
  //   $DiskReadBytes … of whole disks, $NetworkInBytes … of all interfaces but the loopback
  autoscale::SampleRow read(std::chrono::steady_clock::time_point now);

  // What only ever grows, since the machine started.
  struct Counters {
    std::chrono::steady_clock::time_point at;
    std::optional<std::uint64_t> busy, processor;  // ticks of all processors
    std::optional<std::uint64_t> disk_reads, disk_read_bytes, disk_writes, disk_write_bytes;
    std::optional<std::uint64_t> network_in, network_out;
  };

 private:
  Counters read_counters(std::chrono::steady_clock::time_point now) const;

  const std::string proc_;
  const std::string directory_;
  std::optional<Counters> before_;
};

}  // namespace dms::service
