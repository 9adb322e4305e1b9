#include "bench/storage/timed_process.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>

namespace dms::bench {

namespace {

Seconds seconds_of(const timeval& time) {
  return Seconds(static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6);
}

}  // namespace

Result<TimedRun> run_timed(const ChildSpec& command) {
  const auto start = SteadyClock::now();
  DMS_TRY(const pid_t pid, spawn_child(command));
  int status = 0;
  rusage usage{};
  if (::wait4(pid, &status, 0, &usage) != pid)
    return fail_errno("waiting for " + command.argv.front(), errno);
  const TimedRun run{.wall = since(start),
                     .cpu = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime),
                     .peak_mb = static_cast<double>(usage.ru_maxrss) / 1024};
  if (exit_code(status) != 0) return fail(Code::internal, command.argv.front() + " failed");
  return run;
}

void TimedRuns::add(const TimedRun& run) {
  walls.push_back(run.wall);
  cpu = run.cpu;
  peak_mb = std::max(peak_mb, run.peak_mb);
}

}  // namespace dms::bench
