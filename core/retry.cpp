#include "core/retry.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <mutex>
#include <optional>
#include <random>

namespace dms {
namespace {

bool passing_status(int status, Idempotency idempotency) {
  if (status == 429 || status == 503) return true;
  if (idempotency == Idempotency::not_idempotent) return false;
  return status == 408 || status == 500 || status == 502 || status == 504;
}

// unavailable means that nothing was decided, so that even a request that is not idempotent may go
// again.
bool passing_error(Code code, Idempotency idempotency) {
  if (code == Code::unavailable) return true;
  return code == Code::timeout && idempotency == Idempotency::idempotent;
}

bool is_worth_retrying(const Result<Response>& answer, Idempotency idempotency) {
  return answer ? passing_status(answer->status, idempotency)
                : passing_error(answer.error().code, idempotency);
}

// The wait that the answer asks for: "Retry-After: 7", or a date. A date in the past asks for none.
std::optional<std::chrono::nanoseconds> retry_after(const Result<Response>& answer, Timestamp now) {
  if (!answer) return std::nullopt;
  const std::string_view text = answer->headers.get("Retry-After");
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc{} && end == text.data() + text.size())
    return std::chrono::seconds{seconds};
  const auto date = Timestamp::parse(text);
  if (!date) return std::nullopt;
  return std::max<Ticks>(date->at - now.at, Ticks::zero());
}

Error cancelled() { return fail(Code::cancelled, "the request was cancelled between two tries"); }

}  // namespace

RandomSource random_source() {
  struct Shared {
    std::mutex mutex;
    std::mt19937_64 engine{std::random_device{}()};
  };
  return [shared = std::make_shared<Shared>()] {
    const std::lock_guard lock(shared->mutex);
    return std::uniform_real_distribution<double>{}(shared->engine);
  };
}

std::chrono::nanoseconds Retrying::delay_after(int tries) const {
  const double first = static_cast<double>(policy_.first_delay.count());
  const double longest = static_cast<double>(policy_.longest_delay.count());
  const double plain = std::min(first * std::pow(policy_.factor, tries - 1), longest);
  const double spread = plain * (1 + policy_.jitter * (2 * random_() - 1));
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double, std::milli>(spread));
}

Result<Response> Retrying::send(const Request& request, std::stop_token stop) {
  for (int tries = 1;; ++tries) {
    if (request.source) DMS_CHECK(request.source->rewind());
    Result<Response> answer = next_.send(request, stop);
    if (!is_worth_retrying(answer, request.idempotency)) return answer;
    if (tries >= policy_.max_tries) {
      return std::move(answer).context(fmt::format("tried {} times", tries));
    }
    const auto asked = retry_after(answer, clock_.now());
    if (asked && *asked > policy_.longest_retry_after) return answer;
    clock_.sleep_for(asked ? *asked : delay_after(tries), stop);
    if (stop.stop_requested()) return cancelled();
  }
}

}  // namespace dms
