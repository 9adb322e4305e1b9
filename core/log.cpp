#include "core/log.h"

#include <fcntl.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <mutex>

#include "core/file.h"
#include "core/http.h"

namespace dms {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warn: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
    case LogLevel::off: return spdlog::level::off;
  }
  return spdlog::level::info;
}

class AppendingSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit AppendingSink(std::string path) : path_(std::move(path)) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t text;
    formatter_->format(message, text);
    const auto file = open_file(path_, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    // There is nowhere left to say that a log cannot be written.
    if (file) static_cast<void>(write_all(file->get(), {text.data(), text.size()}));
  }
  void flush_() override {}

 private:
  const std::string path_;
};

std::unique_ptr<spdlog::formatter> line_format() {
  return std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %-5l %v",
                                                     spdlog::pattern_time_type::utc);
}

// Never destroyed: objects that outlive main still may log.
spdlog::logger& logger() {
  static auto* const instance = [] {
    auto* made = new spdlog::logger("dms", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_formatter(line_format());
    made->set_level(spdlog::level::info);
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *instance;
}

void write(LogLevel level, std::string_view message) {
  const auto wanted = to_spdlog(level);
  if (!logger().should_log(wanted)) return;
  const std::string text = redact(message);
  logger().log(wanted, spdlog::string_view_t(text.data(), text.size()));
}

bool is_base64(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/';
}

// Finds `pattern` (lower case) in the text, case ignored, from `at` on.
std::size_t find_ignoring_case(std::string_view text, std::string_view pattern, std::size_t at) {
  for (; at + pattern.size() <= text.size(); ++at)
    if (equal_ignoring_case(text.substr(at, pattern.size()), pattern)) return at;
  return text.npos;
}

// A secret starts after `before` and ends at the first of `ends`; what lies up to and with the last
// of `keep` stays.
struct Rule {
  std::string_view before;
  std::string_view ends;
  char keep = '\0';
};
constexpr std::array<Rule, 6> rules = {{{"sig=", "&;#\"'<> \t\r\n"},
                                        {"sig%3d", "%&;#\"'<> \t\r\n"},
                                        {"accountkey=", "&;\"'<> \t\r\n"},
                                        {"sharedaccesssignature=", ";\"'<> \t\r\n"},
                                        {"sharedkey ", "\"'<> \t\r\n,", ':'},
                                        {"bearer ", "\"'<> \t\r\n,"}}};

std::string without(const Rule& rule, std::string_view text) {
  std::string out;
  while (true) {
    std::size_t start = find_ignoring_case(text, rule.before, 0);
    if (start == text.npos) return out.append(text);
    start += rule.before.size();
    std::size_t end = std::min(text.find_first_of(rule.ends, start), text.size());
    // The signature's own percent-escapes are part of it; only an escaped '&' ends it.
    while (rule.ends.front() == '%' && end < text.size() && text[end] == '%' &&
           text.substr(end, 3) != "%26")
      end = std::min(text.find_first_of(rule.ends, end + 1), text.size());
    if (rule.keep != '\0') {
      const std::size_t kept = text.substr(0, end).find(rule.keep, start);
      if (kept == text.npos) {  // "SharedKey" as a word of a sentence
        out.append(text.substr(0, start));
        text.remove_prefix(start);
        continue;
      }
      start = kept + 1;
    }
    out.append(text.substr(0, start)).append(end > start ? "REDACTED" : "");
    text.remove_prefix(end);
  }
}

// 88 characters of Base64 with "==" at their end are the 64 bytes of an account's key.
std::string without_keys(std::string_view text) {
  constexpr std::size_t digits = 86;
  std::string out;
  std::size_t done = 0;
  for (std::size_t at = text.find("=="); at != text.npos; at = text.find("==", at + 2)) {
    std::size_t start = at;
    while (start > done && is_base64(text[start - 1])) --start;
    if (at - start < digits) continue;
    out.append(text.substr(done, start - done)).append("REDACTED");
    done = at + 2;
  }
  return out.append(text.substr(done));
}

}  // namespace

void set_log_level(LogLevel level) { logger().set_level(to_spdlog(level)); }

LogLevel log_level() {
  for (const auto& entry : words(LogLevel{}))
    if (to_spdlog(entry.value) == logger().level()) return entry.value;
  return LogLevel::info;
}

void also_log_to(const std::string& path) {
  auto sink = std::make_shared<AppendingSink>(path);
  sink->set_formatter(line_format());
  logger().sinks().push_back(std::move(sink));
}

void log_debug(std::string_view message) { write(LogLevel::debug, message); }
void log_info(std::string_view message) { write(LogLevel::info, message); }
void log_warn(std::string_view message) { write(LogLevel::warn, message); }
void log_error(std::string_view message) { write(LogLevel::error, message); }

std::string redact(std::string_view text) {
  std::string out = redact_url(text);
  for (const auto& rule : rules) out = without(rule, out);
  return without_keys(out);
}

}  // namespace dms
