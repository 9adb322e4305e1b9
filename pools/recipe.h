// Pool recipes: from a few words ("spot, 2 to 60 nodes, gone when idle") to the pool that Batch is
// asked for, autoscale formula included.
//
// Values and pure functions.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "batch/wire_pool.h"
#include "core/result.h"

namespace dms::pools {

// fixed:     `nodes` dedicated nodes.
// autoscale: dedicated nodes as pending tasks ask for, from 0 to max_nodes; `nodes` at first.
// spot:      the same with low-priority nodes; while some are preempted and tasks are pending, as
//            many dedicated ones stand in for them.
// mpi:       `nodes` dedicated nodes that reach each other, one task slot each.
enum class Kind { fixed, autoscale, spot, mpi };
constexpr auto words(Kind) {
  return std::array{word(Kind::fixed, "fixed"), word(Kind::autoscale, "autoscale"),
                    word(Kind::spot, "spot"), word(Kind::mpi, "mpi")};
}

// What becomes of a pool that a study created when the study has ended.
struct WhenDone {
  // keep:   it stays as it is.
  // delete_pool: the program that ran the study deletes it.
  // idle:   it gives up its nodes after a time without tasks, by itself: also when the program
  //         that made it is gone. The pool without nodes stays, costs nothing, and takes nodes
  //         again when it has tasks.
  enum class Policy { keep, delete_pool, idle };
  Policy policy = Policy::idle;
  std::chrono::minutes idle{15};  // 5 minutes to a day, since when Batch has samples of tasks

  bool operator==(const WhenDone&) const = default;
};

// "keep", "delete", "idle:15m", "idle:2h". Errors: invalid_argument with the forms that are known.
Result<WhenDone> parse_when_done(std::string_view text);

struct Recipe {
  Kind kind = Kind::fixed;
  int nodes = 1;
  int max_nodes = 0;  // of autoscale and spot; 0 means ten times `nodes`
  int task_slots_per_node = 1;
  std::string vm_size = "standard_f2s_v2";
  batch::VirtualMachineConfiguration machine;  // see images.h
  std::optional<std::string> start_command;    // bash, as administrator, before a node takes tasks
  std::vector<batch::ApplicationPackageReference> app_packages;
  WhenDone when_done;
};

// The metadata that make_pool gives: who made the pool, and for whom.
inline constexpr std::string_view created_by_key = "created-by";
inline constexpr std::string_view study_key = "dmsbatch-study";
inline constexpr std::string_view nodes_key = "dmsbatch-nodes";  // the most that the pool has

// The pool as it is added. Nodes that are taken away finish their tasks first.
// Errors: invalid_argument for less than one node, fewer max_nodes than nodes, slots that the size
// does not take, and an mpi pool with more than one slot.
Result<batch::Pool> make_pool(std::string id, const Recipe& recipe, std::string_view study);

// The formula of a recipe, or nothing when the pool's size is fixed for ever.
// Source: "Create a formula to automatically scale compute nodes in a Batch pool".
std::optional<std::string> autoscale_formula(const Recipe& recipe);

// The most nodes that the recipe's pool ever has.
int most_nodes(const Recipe& recipe);
// The same of a pool that is there: of a fixed one its targets, of one that make_pool made what its
// recipe said. Nothing for a formula of somebody else's.
std::optional<int> most_nodes(const batch::Pool& pool);

// Whether the pool was made by make_pool for this study.
bool is_made_for(const batch::Pool& pool, std::string_view study);

}  // namespace dms::pools
