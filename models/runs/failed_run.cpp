#include "models/runs/failed_run.h"

#include <fmt/format.h>

namespace dms::models {
namespace {

constexpr std::size_t stderr_tail_bytes = 2000;
constexpr std::size_t stderr_tail_lines = 10;

}  // namespace

std::string tail_of(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  if (text.size() > stderr_tail_bytes) text.remove_prefix(text.size() - stderr_tail_bytes);
  std::size_t begin = text.size();
  for (std::size_t lines = 0; lines < stderr_tail_lines && begin != text.npos && begin > 0; ++lines)
    begin = text.rfind('\n', begin - 1);
  if (begin != text.npos && begin < text.size()) text.remove_prefix(begin + 1);
  return std::string(text);
}

std::string words_of(const batch::FailureInfo& info) {
  if (info.code == "FailureExitCode") return {};
  std::string words = info.message.value_or(info.code.value_or("no reason given"));
  for (const auto& detail : info.details)
    if (detail.value && !detail.value->empty() && *detail.value != words)
      words += fmt::format("; {}", *detail.value);
  return words;
}

}  // namespace dms::models
