// Lines for the user, and under them one that changes: where things are.
//
// One thread.
#pragma once

#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"

namespace dms::cli {

// What the stream is: a terminal rewrites its status line; a file or pipe gets a line now and then.
enum class StreamKind { terminal, plain };
StreamKind kind_of(std::FILE* stream);

class Terminal {
 public:
  // Requires: `stream` and `clock` outlive this.
  Terminal(std::FILE* stream, StreamKind kind, Clock& clock)
      : stream_(stream), kind_(kind), clock_(clock) {}
  ~Terminal() { end_status(); }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // A line that stays.
  void line(std::string_view text);
  // Replaces the status line. On a plain stream it becomes a line of its own, at most one in five
  // seconds and never the same twice.
  void status(const std::string& text);
  // Clears the status line from a terminal.
  void end_status();

 private:
  std::FILE* stream_;
  const StreamKind kind_;
  Clock& clock_;
  bool shown_ = false;
  std::string last_;
  std::optional<std::chrono::steady_clock::time_point> last_time_;
};

// "1.2 KB", "35 bytes": powers of 1000.
std::string format_bytes(std::uint64_t bytes);
// "0:09", "12:34", "1:02:03"; "3 days" from two days on.
std::string format_span(std::chrono::seconds span);

// Text with its control characters shown as '?', line feeds and tabs apart: for what a model wrote.
std::string printable(std::string_view text);
// The same of what must stay on its line, such as a name.
std::string printable_line(std::string_view text);

}  // namespace dms::cli
