// dmsbatch pool: the pools of the account.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "cli/commands.h"
#include "cli/connection.h"
#include "cli/listing.h"
#include "cli/verb.h"
#include "core/time_span.h"

namespace dms::cli {
namespace {

std::string nodes_of(const batch::Pool& pool) {
  const int now =
      pool.current_dedicated_nodes.value_or(0) + pool.current_low_priority_nodes.value_or(0);
  const int target =
      pool.target_dedicated_nodes.value_or(0) + pool.target_low_priority_nodes.value_or(0);
  return fmt::format("{}/{}", now, target);
}

Status list_pools(Connection& connection, const Invocation& invocation,
                  const std::vector<std::string>&) {
  Listing listing(
      invocation.output(),
      {{"POOL", 24}, {"STATE", 9}, {"ALLOCATION", 10}, {"NODES", 7}, {"SLOTS", 5}, {"VM SIZE", 0}});
  DMS_CHECK((*connection.batch)->list_pools({}, [&](const batch::Pool& pool) {
    listing.add(encode(pool),
                {pool.id, word_or_empty(pool.state), word_or_empty(pool.allocation_state),
                 nodes_of(pool), number_or_empty(pool.task_slots_per_node), pool.vm_size});
    return ok();
  }));
  listing.finish();
  return ok();
}

Status show_pool(Connection& connection, const Invocation& invocation,
                 const std::vector<std::string>& operands) {
  const std::string& id = operands[0];
  DMS_TRY(const batch::Pool pool, (*connection.batch)->get_pool(id));
  if (invocation.json) {
    fmt::print("{}\n", encode(pool));
    return ok();
  }
  print_fact("pool", pool.id);
  print_fact("state", word_or_empty(pool.state));
  print_fact("allocation", word_or_empty(pool.allocation_state));
  print_fact("nodes", nodes_of(pool) + " (there/wanted)");
  print_fact("slots per node", number_or_empty(pool.task_slots_per_node));
  print_fact("vm size", pool.vm_size);
  print_fact("created", time_or_empty(pool.creation_time));
  for (const auto& error : pool.resize_errors)
    print_fact("resize error",
               fmt::format("{}: {}", error.code.value_or(""), error.message.value_or("")));
  return (*connection.batch)->list_nodes(id, {}, [](const batch::Node& node) {
    print_fact("node",
               fmt::format("{}  {}  {}  {} running", node.id, word_or_empty(node.state),
                           node.ip_address.value_or(""), node.running_tasks_count.value_or(0)));
    return ok();
  });
}

Status remove_pool(Connection& connection, const Invocation& invocation,
                   const std::vector<std::string>& operands) {
  const std::string& id = operands[0];
  DMS_CHECK((*connection.batch)->delete_pool(id));
  DMS_CHECK((*connection.batch)->wait_for_pool_delete(id));
  if (invocation.json)
    fmt::print("{{\"deleted\":\"{}\"}}\n", id);
  else
    fmt::print("pool {} is deleted\n", id);
  return ok();
}

struct Preemption {
  std::vector<std::string> nodes;
  int count = 0;
  std::string return_after = "30s";
};

Result<Duration> absence(const std::string& text) {
  if (text == "never") return Duration::unlimited();
  if (const auto span = parse_span(text)) return Duration{std::chrono::duration_cast<Ticks>(*span)};
  return fail(Code::invalid_argument,
              "--return-after is '" + text + "'; give a time such as 30s or 5m, or never");
}

bool can_be_preempted(const batch::Node& node) {
  using enum batch::NodeState;
  return !node.is_dedicated.value_or(true) && node.state != preempted &&
         node.state != leaving_pool && node.state != deallocating && node.state != deallocated;
}

// The nodes that were named, or the first ones that there are.
Result<std::vector<std::string>> nodes_to_preempt(Connection& connection, const std::string& pool,
                                                  const Preemption& what) {
  if (!what.nodes.empty() && what.count == 0) return what.nodes;
  if (!what.nodes.empty())
    return fail(Code::invalid_argument, "name nodes or give --count, not both");
  const auto wanted = static_cast<std::size_t>(std::max(what.count, 1));
  std::vector<std::string> nodes;
  DMS_CHECK((*connection.batch)->list_nodes(pool, {}, [&](const batch::Node& node) {
    if (can_be_preempted(node) && nodes.size() < wanted) nodes.push_back(node.id);
    return ok();
  }));
  if (nodes.size() == wanted) return nodes;
  return fail(Code::not_found,
              fmt::format("pool {} has {} low-priority nodes that can be preempted, not {}", pool,
                          nodes.size(), wanted));
}

Status preempt(Connection& connection, const Invocation& invocation, const std::string& pool,
               const Preemption& what) {
  DMS_TRY(const Duration away, absence(what.return_after));
  DMS_TRY(const auto nodes, nodes_to_preempt(connection, pool, what));
  for (const std::string& node : nodes) {
    DMS_CHECK((*connection.batch)->preempt_node(pool, node, away));
    if (invocation.json)
      fmt::print("{{\"preempted\":\"{}\"}}\n", node);
    else
      fmt::print("node {} is preempted\n", node);
  }
  return ok();
}

void add_preempt(CLI::App& noun, Invocation& invocation) {
  const auto what = std::make_shared<Preemption>();
  auto* command = add_verb(noun, invocation,
                           {"preempt",
                            "Take low-priority nodes away as a cloud does. Of the local service "
                            "only: runs on them run again on other nodes.",
                            {{"POOL", "The pool's id."}}},
                           [what](Connection& connection, const Invocation& own,
                                  const std::vector<std::string>& operands) {
                             return preempt(connection, own, operands[0], *what);
                           });
  command->add_option("NODE", what->nodes, "The nodes' ids; none: as many as --count says.")
      ->type_name("");
  command->add_option("--count", what->count, "How many nodes; 1 when nothing is said.")
      ->check(CLI::PositiveNumber);
  command
      ->add_option("--return-after", what->return_after, "When they are back: 30s, 5m, or never.")
      ->capture_default_str();
}

}  // namespace

void add_pool_command(CLI::App& app, Invocation& invocation) {
  auto* noun = app.add_subcommand("pool", "The pools: groups of nodes on which runs run.");
  noun->require_subcommand(1);
  noun->footer(
      "Examples:\n  dmsbatch pool list\n  dmsbatch pool show melt\n"
      "  dmsbatch pool delete melt     its nodes stop costing\n"
      "  dmsbatch pool restart melt    new nodes for a pool that is stuck\n"
      "  dmsbatch pool preempt melt --count 2 --return-after 1m");
  add_verb(*noun, invocation, {"list", "List all pools.", {}}, list_pools);
  add_verb(*noun, invocation, {"show", "Show a pool and its nodes.", {{"POOL", "The pool's id."}}},
           show_pool);
  add_verb(
      *noun, invocation,
      {"delete",
       "Delete a pool and wait until it is gone. Runs on its nodes wait for a pool of this id.",
       {{"POOL", "The pool's id."}}},
      remove_pool);
  add_pool_restart(*noun, invocation);
  add_preempt(*noun, invocation);
}

}  // namespace dms::cli
