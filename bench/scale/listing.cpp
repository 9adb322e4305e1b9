#include "bench/scale/listing.h"

#include <fmt/format.h>

namespace dms::bench {

namespace {

std::string describe(const batch::ListOptions& options) {
  return fmt::format("{}{}, {} a page", options.filter.empty() ? "no filter" : options.filter,
                     options.select.empty() ? "" : ", few members", options.max_results);
}

}  // namespace

Status report_counts(Probe& probe, Report& report, const std::string& job, int tasks) {
  DMS_TRY(const Spread times, probe.repeat(probe.counts_url(job), 51));
  report.latency(fmt::format("taskcounts at {}", tasks), times, at_most(counts_limit_ms));
  return ok();
}

Status report_page(Probe& probe, Report& report, const std::string& job,
                   const batch::ListOptions& options) {
  std::string body;
  DMS_TRY(const Spread times, probe.repeat(probe.tasks_url(job, options), 9, &body));
  DMS_TRY(const auto page, decode<batch::Page<batch::Task>>(body));
  report.latency(describe(options), times, at_most(page_limit_ms),
                 fmt::format("{} tasks, {:.0f} KB", page.value.size(), body.size() / 1e3));
  return ok();
}

Status report_walk(Probe& probe, Report& report, const std::string& job,
                   const batch::ListOptions& options) {
  Url url = probe.tasks_url(job, options);
  std::size_t pages = 0, tasks = 0;
  std::vector<Seconds> times;
  while (true) {
    DMS_TRY(const Timed read, probe.get(url));
    times.push_back(read.time);
    DMS_TRY(const auto page, decode<batch::Page<batch::Task>>(read.body));
    ++pages;
    tasks += page.value.size();
    if (!page.next_link) break;
    // The last page may be short: the one before it is read again.
    DMS_TRY(url, Url::parse(*page.next_link));
  }
  DMS_TRY(const Spread deep, probe.repeat(url, 9));
  report.latency(describe(options) + ", its last", deep, at_most(page_limit_ms),
                 fmt::format("page {} of {} tasks", pages, tasks));
  report.latency("  any page of the walk", spread_of(times), {});
  return ok();
}

}  // namespace dms::bench
