#include "models/master/crew_names.h"

#include <fmt/format.h>

#include <charconv>

#include "core/crypto.h"

namespace dms::models {
namespace {

constexpr std::size_t start_digits = 6;

// Takes the number at the front of the text, and the dash behind it.
std::optional<int> take_number(std::string_view& text) {
  const std::size_t end = text.find('-');
  if (end == text.npos) return std::nullopt;
  int number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + end, number);
  if (error != std::errc{} || stop != text.data() + end || number < 0) return std::nullopt;
  text.remove_prefix(end + 1);
  return number;
}

bool take(std::string_view& text, std::string_view begin) {
  if (!text.starts_with(begin)) return false;
  text.remove_prefix(begin.size());
  return true;
}

}  // namespace

std::string master_start(std::string_view node_id, const Timestamp& start_time) {
  Sha256 sha256;
  const std::string text = fmt::format("{}\n{}", node_id, start_time.iso8601());
  sha256.update(std::string_view(text));
  return hex(sha256.finish()).substr(0, start_digits);
}

std::string CrewNames::worker(const WorkerName& name) const {
  const std::string attempt = name.attempt > 0 ? fmt::format("r{}-", name.attempt) : "";
  return fmt::format("worker-{:04}-{}{}-{}", name.number, attempt, identity_, name.start);
}

std::optional<WorkerName> CrewNames::parse(std::string_view task_id) const {
  std::string_view rest = task_id;
  if (!take(rest, "worker-")) return std::nullopt;
  WorkerName name;
  const auto number = take_number(rest);
  if (!number) return std::nullopt;
  name.number = *number;
  if (take(rest, "r")) {
    const auto attempt = take_number(rest);
    if (!attempt) return std::nullopt;
    name.attempt = *attempt;
  }
  if (!take(rest, identity_) || !take(rest, "-")) return std::nullopt;
  name.start = rest;
  if (worker(name) != task_id) return std::nullopt;
  return name;
}

}  // namespace dms::models
