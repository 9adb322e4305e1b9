// The machine's figures, read from a /proc that a test writes.
#include "service/machine_meter.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temp_directory.h"

namespace dms::service {
namespace {

using autoscale::Metric;
using autoscale::SampleRow;

class MachineMeterTest : public ::testing::Test {
 protected:
  MachineMeterTest() { std::filesystem::create_directory(proc / "net"); }

  void write(const std::string& file, const std::string& text) {
    std::ofstream(proc / file) << text;
  }
  SampleRow read() { return meter.read(now += std::chrono::seconds(10)); }

  TempDirectory proc;
  MachineMeter meter{proc.path().string(), proc.path().string()};
  std::chrono::steady_clock::time_point now;
};

TEST_F(MachineMeterTest, the_use_of_the_processors_is_that_since_the_reading_before) {
  write("stat", "cpu  100 0 100 1000 0 0 0 0 5 0\ncpu0 1 1 1 1 1 1 1 1 1 1\nintr 7\n");
  EXPECT_FALSE(read().get(Metric::cpu_percent)) << "nothing to compare with";
  write("stat", "cpu  130 5 110 1030 10 5 5 5 9 0\n");
  const SampleRow row = read();
  EXPECT_EQ(row.get(Metric::cpu_percent), 60);
  EXPECT_EQ(row.get(Metric::wall_clock_seconds), 10);
  EXPECT_FALSE(read().get(Metric::cpu_percent)) << "no time has passed there";
}

TEST_F(MachineMeterTest, memory_that_is_not_available_is_used) {
  write("meminfo", "MemTotal:  4096 kB\nMemFree:  10 kB\nMemAvailable:   1024 kB\n");
  EXPECT_EQ(read().get(Metric::memory_bytes), 3);
}

TEST_F(MachineMeterTest, disks_count_without_their_parts_and_without_devices_on_top_of_them) {
  write("diskstats", "");
  read();
  const auto line = [](const std::string& name, int reads, int sectors_read, int writes,
                       int sectors_written) {
    return "   8       0 " + name + " " + std::to_string(reads) + " 9 " +
           std::to_string(sectors_read) + " 9 " + std::to_string(writes) + " 9 " +
           std::to_string(sectors_written) + " 9 0 9 9\n";
  };
  const auto disks = [&](int more) {
    return line("sda", 1 + more, 2 + more, 3 + more, 4 + more) + line("sda1", 90, 90, 90, 90) +
           line("sdaa", 10, 20, 30, 40) + line("nvme0n1", 0, 0, 0, 0) +
           line("nvme0n1p1", 90 + more, 90, 90, 90) + line("dm-0", 90 + more, 90, 90, 90) +
           line("loop0", 90 + more, 90, 90, 90);
  };
  write("diskstats", disks(0));
  EXPECT_FALSE(read().get(Metric::disk_read_ops)) << "there were no disks before";
  write("diskstats", disks(5));
  const SampleRow row = read();
  EXPECT_EQ(row.get(Metric::disk_read_ops), 5);
  EXPECT_EQ(row.get(Metric::disk_read_bytes), 5 * 512);
  EXPECT_EQ(row.get(Metric::disk_write_ops), 5);
  EXPECT_EQ(row.get(Metric::disk_write_bytes), 5 * 512);
}

TEST_F(MachineMeterTest, the_network_counts_without_the_loopback) {
  const auto network = [&](const std::string& in, const std::string& out) {
    write("net/dev", "Inter-|   Receive    |  Transmit\n face |bytes    packets\n    lo: " + in +
                         " 1 0 0 0 0 0 0 " + out + " 1 0 0 0 0 0 0\n  eth0:" + in +
                         " 1 0 0 0 0 0 0 " + out + " 1 0 0 0 0 0 0\n");
  };
  network("100", "200");
  read();
  network("150", "207");
  const SampleRow row = read();
  EXPECT_EQ(row.get(Metric::network_in_bytes), 50);
  EXPECT_EQ(row.get(Metric::network_out_bytes), 7);
  network("1", "8");
  EXPECT_FALSE(read().get(Metric::network_in_bytes)) << "the counter began anew";
}

TEST_F(MachineMeterTest, what_cannot_be_read_is_left_out) {
  MachineMeter blind(proc / "nowhere", proc / "nowhere");
  blind.read(now);
  const SampleRow row = blind.read(now + std::chrono::seconds(1));
  for (const Metric metric : {Metric::cpu_percent, Metric::memory_bytes, Metric::disk_bytes,
                              Metric::disk_read_bytes, Metric::network_in_bytes})
    EXPECT_FALSE(row.get(metric)) << text_of(metric);
}

TEST_F(MachineMeterTest, this_machine_can_be_read) {
  MachineMeter real("/proc", proc.path().string());
  const SampleRow row = real.read(now);
  EXPECT_GT(row.get(Metric::memory_bytes).value_or(0), 0);
  EXPECT_GT(row.get(Metric::disk_bytes).value_or(0), 0);
}

}  // namespace
}  // namespace dms::service
