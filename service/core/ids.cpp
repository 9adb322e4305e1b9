#include "service/core/ids.h"

#include <algorithm>

namespace dms::service {

static char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::weak_ordering compare_ignoring_case(std::string_view a, std::string_view b) {
  const std::size_t common = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < common; ++i) {
    const auto x = static_cast<unsigned char>(lower(a[i]));
    const auto y = static_cast<unsigned char>(lower(b[i]));
    if (x != y) return x <=> y;
  }
  return a.size() <=> b.size();
}

bool valid_id(std::string_view text) {
  const auto legal = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  };
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), legal);
}

JobId job_of_schedule(const JobScheduleId& schedule, int number) {
  return {schedule.text + ":job-" + std::to_string(number)};
}

std::optional<JobScheduleId> schedule_of(const JobId& job) {
  const auto colon = job.text.find(':');
  if (colon == std::string::npos) return std::nullopt;
  return JobScheduleId{job.text.substr(0, colon)};
}

}  // namespace dms::service
