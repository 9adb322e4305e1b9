#include "service/machine_meter.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string_view>
#include <vector>

namespace dms::service {

using autoscale::Metric;
using autoscale::SampleRow;
using Counters = MachineMeter::Counters;

namespace {

constexpr std::uint64_t sector_bytes = 512;  // the unit of /proc/diskstats, whatever the disk has
constexpr std::string_view digits = "0123456789";

// Calls use(name, numbers) for every line: `skip` words, the name with or without a colon, and
// then numbers as far as there are any.
template <class Use>
void for_each_line(const std::string& path, int skip, Use&& use) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::replace(line.begin(), line.end(), ':', ' ');
    std::istringstream words(line);
    std::string name;
    for (int i = 0; i <= skip; ++i) words >> name;
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t number = 0; words >> number;) numbers.push_back(number);
    use(name, numbers);
  }
}

void add(std::optional<std::uint64_t>& sum, std::uint64_t more) { sum = sum.value_or(0) + more; }

// cpu  user nice system idle iowait irq softirq steal (guests are in user and nice already)
void read_processors(const std::string& path, Counters& counters) {
  for_each_line(path, 0, [&](const std::string& name, const auto& times) {
    if (name != "cpu" || times.size() < 8) return;
    for (std::size_t i = 0; i < 8; ++i) {
      add(counters.processor, times[i]);
      if (i != 3 && i != 4) add(counters.busy, times[i]);
    }
  });
}

// Whether a device is a part of the disk: sda1 of sda, nvme0n1p1 of nvme0n1.
bool is_part_of(const std::string& name, const std::string& disk) {
  if (disk.empty()) return false;
  const std::string stem = digits.find(disk.back()) == digits.npos ? disk : disk + "p";
  return name.size() > stem.size() && name.starts_with(stem) &&
         name.find_first_not_of(digits, stem.size()) == name.npos;
}

// These pass on to other devices, or to none, what is asked of them.
bool is_virtual(const std::string& name) {
  for (const char* prefix : {"loop", "ram", "dm-", "md", "zram"})
    if (name.starts_with(prefix)) return true;
  return false;
}

// major minor name  reads merged sectors ms  writes merged sectors ms …; a disk's parts follow it
void read_disks(const std::string& path, Counters& counters) {
  std::string disk;
  for_each_line(path, 2, [&](const std::string& name, const auto& numbers) {
    if (numbers.size() < 8 || is_virtual(name) || is_part_of(name, disk)) return;
    disk = name;
    add(counters.disk_reads, numbers[0]);
    add(counters.disk_read_bytes, numbers[2] * sector_bytes);
    add(counters.disk_writes, numbers[4]);
    add(counters.disk_write_bytes, numbers[6] * sector_bytes);
  });
}

// name: received bytes and seven more, sent bytes and seven more
void read_network(const std::string& path, Counters& counters) {
  for_each_line(path, 0, [&](const std::string& name, const auto& numbers) {
    if (numbers.size() < 16 || name == "lo") return;
    add(counters.network_in, numbers[0]);
    add(counters.network_out, numbers[8]);
  });
}

void set_memory(const std::string& path, SampleRow& row) {
  std::optional<std::uint64_t> total;
  std::optional<std::uint64_t> available;
  for_each_line(path, 0, [&](const std::string& name, const auto& kilobytes) {
    if (kilobytes.empty()) return;
    if (name == "MemTotal") total = kilobytes[0];
    if (name == "MemAvailable") available = kilobytes[0];
  });
  if (total && available && *available <= *total)
    row.set(Metric::memory_bytes, double(*total - *available) / 1024);
}

void set_disk(const std::string& directory, SampleRow& row) {
  struct statvfs disk {};
  if (::statvfs(directory.c_str(), &disk) != 0) return;
  row.set(Metric::disk_bytes,
          double(disk.f_blocks - disk.f_bfree) * double(disk.f_frsize) / 0x1p30);
}

// A counter that began anew has no difference.
std::optional<double> difference(const std::optional<std::uint64_t>& now,
                                 const std::optional<std::uint64_t>& before) {
  if (!now || !before || *now < *before) return std::nullopt;
  return double(*now - *before);
}

void set_differences(const Counters& now, const Counters& before, SampleRow& row) {
  row.set(Metric::wall_clock_seconds, std::chrono::duration<double>(now.at - before.at).count());
  const auto busy = difference(now.busy, before.busy);
  const auto all = difference(now.processor, before.processor);
  if (busy && all && *all > 0) row.set(Metric::cpu_percent, 100 * *busy / *all);
  const std::pair<Metric, std::optional<std::uint64_t> Counters::*> counted[] = {
      {Metric::disk_read_ops, &Counters::disk_reads},
      {Metric::disk_read_bytes, &Counters::disk_read_bytes},
      {Metric::disk_write_ops, &Counters::disk_writes},
      {Metric::disk_write_bytes, &Counters::disk_write_bytes},
      {Metric::network_in_bytes, &Counters::network_in},
      {Metric::network_out_bytes, &Counters::network_out}};
  for (const auto& [metric, counter] : counted)
    if (const auto value = difference(now.*counter, before.*counter)) row.set(metric, *value);
}

}  // namespace

Counters MachineMeter::read_counters(std::chrono::steady_clock::time_point now) const {
  Counters counters{.at = now};
  read_processors(proc_ + "/stat", counters);
  read_disks(proc_ + "/diskstats", counters);
  read_network(proc_ + "/net/dev", counters);
  return counters;
}

SampleRow MachineMeter::read(std::chrono::steady_clock::time_point now) {
  SampleRow row;
  set_memory(proc_ + "/meminfo", row);
  set_disk(directory_, row);
  Counters counters = read_counters(now);
  if (before_) set_differences(counters, *before_, row);
  before_ = counters;
  return row;
}

}  // namespace dms::service
