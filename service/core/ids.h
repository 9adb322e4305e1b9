// Ids of pools, nodes, jobs and tasks: distinct types, so that they cannot be swapped. They compare
// without regard to case and keep the case they were given, as the service's ids do.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace dms::service {

// Three-way comparison of ASCII text, case ignored.
std::weak_ordering compare_ignoring_case(std::string_view a, std::string_view b);

template <class Kind>
struct Id {
  std::string text;

  friend std::weak_ordering operator<=>(const Id& a, const Id& b) {
    return compare_ignoring_case(a.text, b.text);
  }
  friend bool operator==(const Id& a, const Id& b) { return (a <=> b) == 0; }
};

using PoolId = Id<struct PoolKind>;
using NodeId = Id<struct NodeKind>;
using JobId = Id<struct JobKind>;
using TaskId = Id<struct TaskKind>;
using JobScheduleId = Id<struct JobScheduleKind>;
using ApplicationId = Id<struct ApplicationKind>;

struct NodeKey {
  PoolId pool;
  NodeId node;
  friend auto operator<=>(const NodeKey&, const NodeKey&) = default;
};

// What becomes of a node's directory when its agent ends.
enum class RootFate { kept, erased };

// 1 to 64 of letters, digits, hyphen and underscore (REST reference, "id" of every object).
bool valid_id(std::string_view text);

// The jobs of a schedule are named "<schedule>:job-<n>"; no other job has a colon in its id.
JobId job_of_schedule(const JobScheduleId& schedule, int number);
// The schedule that a job's id names, or nothing for a job that was added by itself.
std::optional<JobScheduleId> schedule_of(const JobId& job);

}  // namespace dms::service
