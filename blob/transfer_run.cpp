#include "blob/transfer_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

namespace dms::blob {
namespace {

// Whether the error is about more than one file.
bool ends_transfer(const Error& error) {
  switch (error.code) {
    case Code::cancelled:
    case Code::exhausted:
    case Code::unavailable:
    case Code::timeout: return true;
    case Code::permission: return error.http_status != 0;
    default: return error.service_code == "ContainerNotFound";
  }
}

bool moves_bytes(const TransferStep& step) { return step.what != TransferStep::What::remove; }

class InFlight {
 public:
  explicit InFlight(TransferMeter* meter) : meter_(meter) {
    if (meter_) ++meter_->files_in_flight;
  }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;
  ~InFlight() {
    if (meter_) --meter_->files_in_flight;
  }

 private:
  TransferMeter* meter_;
};

}  // namespace

Error nothing_to_mirror(std::string_view source, std::string_view target) {
  return fail(Code::not_found,
              fmt::format("there is nothing in {}; all of {} would be removed", source, target));
}

Result<TransferSummary> TransferRun::take_single() {
  if (!summary_.failures.empty()) return std::move(summary_.failures.front().error);
  return take();
}

Status TransferRun::all(const std::vector<TransferJob>& jobs) {
  if (options_.meter)
    for (const TransferJob& job : jobs)
      if (moves_bytes(job.step)) options_.meter->expected_bytes += job.step.size_bytes;
  std::atomic<std::size_t> next = 0;
  const int threads = static_cast<int>(
      std::min(jobs.size(), static_cast<std::size_t>(std::max(options_.parallel, 1))));
  return in_parallel(threads, stop_, [&](const std::stop_token&) -> Result<Work> {
    const std::size_t index = next++;
    if (index >= jobs.size()) return Work::nothing_left;
    const TransferJob& job = jobs[index];
    if (auto done = run(job); !done) {
      if (ends_transfer(done.error())) return std::move(done).error();
      fail_with(job.step.name, std::move(done).error());
    }
    return Work::more;
  });
}

Status TransferRun::run(const TransferJob& job) {
  const InFlight in_flight(options_.meter);
  if (job.needed) {
    DMS_TRY(const bool needed, job.needed());
    if (!needed) {
      TransferStep skipped = job.step;
      skipped.what = TransferStep::What::skip;
      count(skipped);
      return ok();
    }
  }
  if (options_.run == TransferOptions::Run::real) DMS_CHECK(job.carry_out());
  count(job.step);
  return ok();
}

void TransferRun::fail_with(std::string name, Error error) {
  const std::lock_guard lock(mutex_);
  summary_.failures.push_back({std::move(name), std::move(error)});
}

void TransferRun::count(const TransferStep& step) {
  const std::lock_guard lock(mutex_);
  switch (step.what) {
    case TransferStep::What::skip:
      ++summary_.skipped_files;
      summary_.skipped_bytes += step.size_bytes;
      if (options_.meter) {
        ++options_.meter->files_skipped;
        options_.meter->expected_bytes -= step.size_bytes;
      }
      break;
    case TransferStep::What::remove: ++summary_.removed; break;
    default:
      ++summary_.files;
      summary_.bytes += step.size_bytes;
      if (options_.meter) ++options_.meter->files_done;
  }
  if (options_.told) options_.told(step);
}

}  // namespace dms::blob
