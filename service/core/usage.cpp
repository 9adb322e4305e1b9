#include "service/core/usage.h"

#include <algorithm>
#include <charconv>

#include "service/core/check_pool.h"
#include "service/core/rows.h"

namespace dms::service {

namespace {

constexpr Ticks interval = std::chrono::minutes(30);
// Older times than this are forgotten.
constexpr std::chrono::days kept{92};

Timestamp floor_to_interval(Timestamp at) {
  const Ticks since = at.at.time_since_epoch();
  return {std::chrono::sys_time<Ticks>(since - since % interval)};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Adds the time from `from` to `to` of one node to the half hours that it touches.
void add_time(std::map<UsageKey, batch::PoolUsageMetrics>& result, const NodeUsage& usage,
              Timestamp from, Timestamp to) {
  const Timestamp first = std::max(usage.from, from);
  const Timestamp last = std::min(usage.to, to);
  for (Timestamp at = floor_to_interval(first); at < last; at.at += interval) {
    const Timestamp end{at.at + interval};
    const Ticks span = std::min(last, end).at - std::max(first, at).at;
    const std::string key = at.iso8601() + " " + usage.pool + " " + usage.vm_size;
    auto& metrics = result[{key}];
    metrics.pool_id = usage.pool;
    metrics.start_time = std::max(at, from);
    metrics.end_time = std::min(end, to);
    metrics.vm_size = usage.vm_size;
    metrics.total_core_hours +=
        std::chrono::duration<double, std::ratio<3600>>(span).count() * cores_of(usage.vm_size);
  }
}

void add_node(batch::PoolStatistics& sum, std::string_view vm_size, Timestamp from, Timestamp to) {
  sum.start_time = std::min(sum.start_time, from);
  sum.usage_stats->start_time = sum.start_time;
  sum.usage_stats->dedicated_core_time.span += (to.at - from.at) * cores_of(vm_size);
}

void add_nodes(batch::PoolStatistics& sum, const PoolRecord& pool, Timestamp now) {
  for (const auto& [id, node] : pool.nodes)
    if (node.used_since) add_node(sum, pool.wire.vm_size, *node.used_since, now);
}

batch::PoolStatistics no_statistics(std::string url, Timestamp start, Timestamp now) {
  return {.url = std::move(url),
          .start_time = start,
          .last_update_time = now,
          .usage_stats = batch::PoolUsageStatistics{.start_time = start, .last_update_time = now}};
}

}  // namespace

batch::PoolStatistics pool_statistics(const Core& core, const PoolRecord& pool, Timestamp now) {
  const Timestamp created = pool.wire.creation_time.value_or(now);
  auto sum = no_statistics(core.base_url + "/pools/" + pool.wire.id, created, now);
  // An earlier pool of this name is not this one.
  for (const auto& time : core.usage)
    if (time.pool == pool.wire.id && time.from >= created)
      add_node(sum, time.vm_size, time.from, time.to);
  add_nodes(sum, pool, now);
  return sum;
}

batch::PoolStatistics lifetime_pool_statistics(const Core& core, Timestamp now) {
  auto sum = no_statistics(core.base_url + "/lifetimepoolstats", now, now);
  for (const auto& time : core.usage) add_node(sum, time.vm_size, time.from, time.to);
  for (const auto& [id, pool] : core.pools) add_nodes(sum, pool, now);
  return sum;
}

int cores_of(std::string_view vm_size) {
  const std::string text = lower_case(std::string(vm_size));
  std::string_view name = text;
  for (const std::string_view tier : {"standard_", "basic_"})
    if (name.starts_with(tier)) name.remove_prefix(tier.size());
  while (!name.empty() && !is_digit(name.front())) name.remove_prefix(1);
  int cores = 0;
  std::from_chars(name.data(), name.data() + name.size(), cores);
  return std::max(cores, 1);
}

void end_usage(Core& core, Effects& out, const PoolRecord& pool, NodeRecord& node, Timestamp now) {
  if (!node.used_since) return;
  NodeUsage usage{node.wire.id, pool.wire.id, pool.wire.vm_size, *node.used_since, now};
  node.used_since.reset();
  std::erase_if(core.usage, [&](const NodeUsage& old) {
    const bool is_old = old.to.at + kept < now.at;
    if (is_old) out.changes.push_back(erase_usage_row(old));
    return is_old;
  });
  out.changes.push_back(usage_row(usage));
  core.usage.push_back(std::move(usage));
}

Timestamp last_usage_interval(Timestamp now) { return {floor_to_interval(now).at - interval}; }

std::map<UsageKey, batch::PoolUsageMetrics> usage_metrics(const Core& core, Timestamp from,
                                                          Timestamp to, Timestamp now) {
  std::map<UsageKey, batch::PoolUsageMetrics> result;
  const Timestamp end = std::min(to, now);
  for (const auto& usage : core.usage) add_time(result, usage, from, end);
  for (const auto& [pool_id, pool] : core.pools)
    for (const auto& [node_id, node] : pool.nodes)
      if (node.used_since)
        add_time(result, {node.wire.id, pool.wire.id, pool.wire.vm_size, *node.used_since, now},
                 from, end);
  return result;
}

}  // namespace dms::service
