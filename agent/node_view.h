// A node as the processes of a multi-instance task see it: with a host name of its own, and with
// its directories under the names that those of the primary's node have. On Azure both are so by
// themselves. Here all nodes are on one machine, and namespaces of the kernel make it so.
//
// Namespaces need root, or a kernel that lets users make them. Where neither is given, a view
// changes nothing.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "core/child.h"
#include "core/result.h"

namespace dms::agent {

struct NodeViewSpec {
  std::string host_name;
  std::string hosts_file;                                        // stands for /etc/hosts
  std::vector<std::pair<std::string, std::string>> directories;  // what is there → where it is seen
};

class NodeView {
 public:
  NodeView() = default;  // changes nothing
  // Tries in a child process what this system allows.
  explicit NodeView(NodeViewSpec spec);

  // Whether the node's processes have a host name and directories of their own.
  bool is_own() const { return way_ != Way::none; }

  // Starts a program that sees the node like this, in a session of its own; `spec.argv` begins
  // with a path and `spec.env` is set. The working directory is looked for in the view.
  // Errors: as spawn_child's.
  Result<pid_t> spawn(const ChildSpec& spec) const;

 private:
  enum class Way { none, as_root, in_user_namespace };

  // Between fork and exec: system calls only. Gives 0 or an errno.
  int enter(Way way) const;
  int enter_user_namespace() const;
  bool can(Way way) const;
  [[noreturn]] void become(const ChildSpec& spec, char* const* argv, char* const* env,
                           const int* fds, int report) const;

  NodeViewSpec spec_;
  std::string user_map_;
  std::string group_map_;
  Way way_ = Way::none;
};

}  // namespace dms::agent
