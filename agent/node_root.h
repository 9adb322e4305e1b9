// A node's directory tree and the lock that tells whether the node lives.
//
// Layout as on a node of Azure Batch: applications, fsmounts, shared, startup, volatile and
// workitems; volatile is the agent's own, mode 0700. One thread.
#pragma once

#include <string>
#include <vector>

#include "core/file.h"
#include "core/result.h"

namespace dms::agent {

class NodeRoot {
 public:
  // Makes the tree and takes the lock <root>/volatile/agent.lock. The lock belongs to the open
  // file, so processes forked from this one share it, and it is free when the last of them is gone.
  // Errors: conflict when another agent, or what is left of it, holds the lock; fail_errno's.
  static Result<NodeRoot> open(const std::string& path);

  const std::string& path() const { return path_; }
  int lock_fd() const { return lock_.get(); }

  // Whether the directory was removed or replaced since `open`.
  bool has_vanished() const;

  // Moves a directory or file below the root out of the way in one step; empty_trash deletes it. A
  // top directory is made anew. An absent one is as good as removed.
  // Errors: invalid_argument for a path that leaves the root, leads through a link, or is in
  // volatile; fail_errno's.
  Status discard(const std::string& path);

 private:
  NodeRoot(std::string path, UniqueFd directory, UniqueFd lock)
      : path_(std::move(path)), directory_(std::move(directory)), lock_(std::move(lock)) {}

  Result<UniqueFd> open_below(const std::vector<std::string>& parts) const;

  std::string path_;
  UniqueFd directory_;
  UniqueFd lock_;
  int discarded_ = 0;
};

// Deletes everything that was discarded. What cannot be deleted is logged and left.
void empty_trash(const std::string& root);

}  // namespace dms::agent
