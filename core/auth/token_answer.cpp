#include "core/auth/token_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/codec.h"
#include "core/log.h"

namespace dms {
namespace {

struct TokenBody {
  std::string access_token;
  std::optional<Int64Text> expires_in;  // seconds from now
  std::optional<Int64Text> expires_on;  // seconds since 1970

  template <class S = TokenBody>
  static constexpr auto fields() {
    return std::tuple{required("access_token", &S::access_token),
                      field("expires_in", &S::expires_in), field("expires_on", &S::expires_on)};
  }
};

struct RefusalBody {
  std::string error;
  std::optional<std::string> description;

  template <class S = RefusalBody>
  static constexpr auto fields() {
    return std::tuple{required("error", &S::error), field("error_description", &S::description)};
  }
};

Error unreadable(std::string_view who) {
  return fail(Code::internal, fmt::format("{} gave an answer that holds no token that can be read; "
                                          "the address may be of something else",
                                          who));
}

bool fits_header(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

// Entra appends ids of the request, each on a line or after a blank, that help nobody but support.
std::string_view first_part(std::string_view text) {
  constexpr std::size_t longest = 400;
  text = text.substr(0, std::min({text.find_first_of("\r\n"), text.find(" Trace ID:"), longest}));
  while (!text.empty() && (text.back() == '.' || text.back() == ' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

Result<Token> checked_token(std::string text, Timestamp expires_at, Timestamp now,
                            std::string_view who) {
  if (!fits_header(text)) return unreadable(who);
  if (expires_at <= now) {
    return fail(Code::permission,
                fmt::format("{} gave a token that ended at {}, and here it is {}: check this "
                            "machine's clock",
                            who, expires_at.iso8601(), now.iso8601()));
  }
  return Token{std::move(text), expires_at};
}

std::optional<Timestamp> moment_of_epoch(std::int64_t seconds) {
  constexpr std::int64_t year_5000 = 95'617'584'000;
  if (seconds <= 0 || seconds > year_5000) return std::nullopt;
  return Timestamp{std::chrono::sys_time<Ticks>(std::chrono::seconds(seconds))};
}

Result<Token> read_token(std::string_view json, Timestamp now, std::string_view who) {
  // The error of decode is dropped: it may quote the text around the fault.
  auto body = decode<TokenBody>(json, Missing::refused);
  if (!body) return unreadable(who);
  std::optional<Timestamp> end;
  // The span first: it does not depend on the two clocks being alike.
  constexpr std::int64_t longest = 400LL * 24 * 3600;
  if (body->expires_in && body->expires_in->value > 0 && body->expires_in->value <= longest)
    end = Timestamp{now.at + std::chrono::seconds(body->expires_in->value)};
  else if (body->expires_on)
    end = moment_of_epoch(body->expires_on->value);
  if (!end) return unreadable(who);
  return checked_token(std::move(body->access_token), *end, now, who);
}

Refusal read_refusal(std::string_view json) {
  const auto body = decode<RefusalBody>(json, Missing::refused);
  if (!body) return {};
  return {redact(first_part(body->error)), redact(first_part(body->description.value_or("")))};
}

std::string describe(const Refusal& refusal, int status) {
  if (refusal.error.empty()) return fmt::format("HTTP status {}", status);
  if (refusal.description.empty()) return refusal.error;
  return fmt::format("{}: {}", refusal.error, refusal.description);
}

bool is_passing(int status) { return status == 408 || status == 429 || status >= 500; }

Error no_answer(Error error, std::string_view who) {
  if (error.code == Code::timeout) error.code = Code::unavailable;
  return std::move(error).context(fmt::format("asking {} for a token", who));
}

}  // namespace dms

DMS_CODEC(dms::TokenBody);
DMS_CODEC(dms::RefusalBody);
