#include "cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace dms::cli {
namespace {

constexpr std::chrono::seconds plain_interval{5};

std::size_t width_of(std::FILE* stream) {
  winsize size{};
  if (::ioctl(::fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

}  // namespace

StreamKind kind_of(std::FILE* stream) {
  const char* term = std::getenv("TERM");
  const bool dumb = term && std::string_view(term) == "dumb";
  return ::isatty(::fileno(stream)) && !dumb ? StreamKind::terminal : StreamKind::plain;
}

void Terminal::line(std::string_view text) {
  end_status();
  fmt::print(stream_, "{}\n", text);
  std::fflush(stream_);
}

void Terminal::status(const std::string& text) {
  if (kind_ == StreamKind::terminal) {
    // A line that wraps could not be taken back.
    const std::string shown = text.substr(0, width_of(stream_) - 1);
    fmt::print(stream_, "\r{}\x1b[K", shown);
    std::fflush(stream_);
    shown_ = true;
    return;
  }
  const auto now = clock_.steady_now();
  if (text == last_ || (last_time_ && now - *last_time_ < plain_interval)) return;
  last_ = text;
  last_time_ = now;
  line(text);
}

void Terminal::end_status() {
  if (!shown_) return;
  fmt::print(stream_, "\r\x1b[K");
  std::fflush(stream_);
  shown_ = false;
}

std::string format_bytes(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} bytes", bytes);
  constexpr std::array units{"KB", "MB", "GB", "TB", "PB", "EB"};
  double size = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (size >= 999.95 && unit + 1 < units.size()) {
    size /= 1000;
    ++unit;
  }
  return fmt::format("{:.1f} {}", size, units[unit]);
}

std::string format_span(std::chrono::seconds span) {
  const auto total = span.count();
  if (total >= 2 * 86400) return fmt::format("{} days", total / 86400);
  if (total >= 3600)
    return fmt::format("{}:{:02}:{:02}", total / 3600, total / 60 % 60, total % 60);
  return fmt::format("{}:{:02}", total / 60, total % 60);
}

std::string printable(std::string_view text) {
  std::string shown(text);
  std::replace_if(
      shown.begin(), shown.end(),
      [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f;
      },
      '?');
  return shown;
}

std::string printable_line(std::string_view text) {
  std::string shown = printable(text);
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return c == '\n' || c == '\t'; }, '?');
  return shown;
}

}  // namespace dms::cli
