// Times pages of a job's task list.
#pragma once

#include <string>

#include "bench/report.h"
#include "bench/scale/probe.h"

namespace dms::bench {

// The longest that one page may take.
inline constexpr double page_limit_ms = 50;
// The longest that a look at the counts may take.
inline constexpr double counts_limit_ms = 5;

Status report_counts(Probe& probe, Report& report, const std::string& job, int tasks);
// First pages of a list, by filter and page size.
Status report_page(Probe& probe, Report& report, const std::string& job,
                   const batch::ListOptions& options);
// Follows the links to the list's end; tells the last full page and the whole walk.
Status report_walk(Probe& probe, Report& report, const std::string& job,
                   const batch::ListOptions& options);

}  // namespace dms::bench
