#include "cli/transfer_report.h"

#include <fmt/format.h>

#include "core/codec.h"

namespace dms::cli {
namespace {

constexpr std::chrono::milliseconds refresh{200};
constexpr std::size_t failures_shown = 20;

struct FailureJson {
  std::string name;
  std::string message;
  template <class S = FailureJson>
  static constexpr auto fields() {
    return std::tuple{required("name", &S::name), required("message", &S::message)};
  }
};

struct SummaryJson {
  std::int64_t files = 0, bytes = 0, moved_bytes = 0, reused_bytes = 0;
  std::int64_t skipped_files = 0, skipped_bytes = 0, removed = 0;
  std::vector<FailureJson> failures;
  template <class S = SummaryJson>
  static constexpr auto fields() {
    return std::tuple{required("files", &S::files),
                      required("bytes", &S::bytes),
                      required("movedBytes", &S::moved_bytes),
                      required("reusedBytes", &S::reused_bytes),
                      required("skippedFiles", &S::skipped_files),
                      required("skippedBytes", &S::skipped_bytes),
                      required("removed", &S::removed),
                      field("failures", &S::failures)};
  }
};

const char* word_of(blob::TransferStep::What what) {
  using What = blob::TransferStep::What;
  switch (what) {
    case What::upload: return "would upload";
    case What::download: return "would download";
    case What::copy: return "would copy";
    case What::remove: return "would remove";
    case What::skip: return "unchanged";
  }
  return "";
}

}  // namespace

std::string TransferLine::text() const {
  const std::uint64_t moved = meter_.moved_bytes, done = moved + meter_.reused_bytes;
  const std::uint64_t expected = std::max<std::uint64_t>(meter_.expected_bytes, done);
  const double seconds = std::chrono::duration<double>(clock_.steady_now() - begun_).count();
  const double rate = seconds > 0 ? static_cast<double>(moved) / seconds : 0;
  std::string text = fmt::format("{} of {}", format_bytes(done), format_bytes(expected));
  if (rate >= 1) {
    const auto left = static_cast<double>(expected - done) / rate;
    text += fmt::format(", {}/s, {} left", format_bytes(static_cast<std::uint64_t>(rate)),
                        format_span(std::chrono::seconds(static_cast<std::int64_t>(left))));
  }
  return text + fmt::format(", {} files done, {} in flight", meter_.files_done.load(),
                            meter_.files_in_flight.load());
}

TransferProgress::TransferProgress(Terminal& terminal, StreamKind kind,
                                   const blob::TransferMeter& meter, Clock& clock)
    : terminal_(terminal), line_(meter, clock), clock_(clock) {
  if (kind != StreamKind::terminal) return;
  thread_ = std::jthread([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      terminal_.status(line_.text());
      clock_.sleep_for(refresh, stop);
    }
  });
}

TransferProgress::~TransferProgress() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
  terminal_.end_status();
}

std::string step_line(const blob::TransferStep& step) {
  return fmt::format("{} {} ({})", word_of(step.what), printable_line(step.name),
                     format_bytes(step.size_bytes));
}

std::vector<std::string> summary_lines(const blob::TransferSummary& summary) {
  std::vector<std::string> lines;
  for (const auto& failure : summary.failures) {
    if (lines.size() == failures_shown) {
      lines.push_back(fmt::format("… and {} more", summary.failures.size() - failures_shown));
      break;
    }
    lines.push_back(fmt::format("failed: {}: {}", printable_line(failure.name),
                                printable_line(failure.error.message)));
  }
  std::string last = fmt::format("{} files, {}", summary.files, format_bytes(summary.bytes));
  if (summary.skipped_files > 0)
    last += fmt::format("; {} unchanged, {}", summary.skipped_files,
                        format_bytes(summary.skipped_bytes));
  if (summary.removed > 0) last += fmt::format("; {} removed", summary.removed);
  if (!summary.failures.empty()) last += fmt::format("; {} failed", summary.failures.size());
  lines.push_back(std::move(last));
  return lines;
}

std::string summary_json(const blob::TransferSummary& summary, const blob::TransferMeter& meter) {
  SummaryJson json{.files = static_cast<std::int64_t>(summary.files),
                   .bytes = static_cast<std::int64_t>(summary.bytes),
                   .moved_bytes = static_cast<std::int64_t>(meter.moved_bytes),
                   .reused_bytes = static_cast<std::int64_t>(meter.reused_bytes),
                   .skipped_files = static_cast<std::int64_t>(summary.skipped_files),
                   .skipped_bytes = static_cast<std::int64_t>(summary.skipped_bytes),
                   .removed = static_cast<std::int64_t>(summary.removed)};
  for (const auto& failure : summary.failures)
    json.failures.push_back({failure.name, failure.error.message});
  return encode(json);
}

}  // namespace dms::cli
