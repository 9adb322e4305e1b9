// Log lines on stderr: "2026-11-20T19:53:16.123Z warn  the message".
//
// Thread-safe. Every message passes the redactor, so that no key or SAS gets out by mistake.
#pragma once

#include <string>
#include <string_view>

#include "core/fields.h"

namespace dms {

enum class LogLevel { debug, info, warn, error, off };

constexpr auto words(LogLevel) {
  return std::array{word(LogLevel::debug, "debug"), word(LogLevel::info, "info"),
                    word(LogLevel::warn, "warn"), word(LogLevel::error, "error"),
                    word(LogLevel::off, "off")};
}

// Messages below it are dropped. The level at the start is info.
void set_log_level(LogLevel level);
LogLevel log_level();

void log_debug(std::string_view message);
void log_info(std::string_view message);
void log_warn(std::string_view message);
void log_error(std::string_view message);

// Appends every message from now on to this file, too. It is opened anew for each, so that
// processes forked from this one may go on logging and the file may be moved away.
// Requires: no other thread logs yet.
void also_log_to(const std::string& path);

// Text without its secrets, each replaced by REDACTED: SAS signatures (sig=, also percent-encoded),
// "SharedKey account:signature", bearer tokens, AccountKey= and any 88 characters of Base64 that
// end in "==", which is what the keys of Batch and Storage accounts are.
std::string redact(std::string_view text);

}  // namespace dms
