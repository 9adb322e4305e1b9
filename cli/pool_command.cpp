// dmsbatch pool: the pools of the account.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/connection.h"
#include "cli/listing.h"
#include "cli/verb.h"

namespace dms::cli {
namespace {

std::string nodes_of(const batch::Pool& pool) {
  const int now =
      pool.current_dedicated_nodes.value_or(0) + pool.current_low_priority_nodes.value_or(0);
  const int target =
      pool.target_dedicated_nodes.value_or(0) + pool.target_low_priority_nodes.value_or(0);
  return fmt::format("{}/{}", now, target);
}

Status list(Connection& connection, const Invocation& invocation, const std::vector<std::string>&) {
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

Status show(Connection& connection, const Invocation& invocation,
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

Status remove(Connection& connection, const Invocation& invocation,
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

}  // namespace

void add_pool_command(CLI::App& app, Invocation& invocation) {
  auto* noun = app.add_subcommand("pool", "The pools: groups of nodes on which runs run.");
  noun->require_subcommand(1);
  noun->footer(
      "Examples:\n  dmsbatch pool list\n  dmsbatch pool show melt\n"
      "  dmsbatch pool delete melt     its nodes stop costing");
  add_verb(*noun, invocation, {"list", "List all pools.", {}}, list);
  add_verb(*noun, invocation, {"show", "Show a pool and its nodes.", {{"POOL", "The pool's id."}}},
           show);
  add_verb(
      *noun, invocation,
      {"delete",
       "Delete a pool and wait until it is gone. Runs on its nodes wait for a pool of this id.",
       {{"POOL", "The pool's id."}}},
      remove);
}

}  // namespace dms::cli
