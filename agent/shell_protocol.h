// What a remote shell between the nodes of a multi-instance task says, over the Unix socket that
// each instance listens on.
//
//   shell ─► instance: one byte with the descriptors 0, 1 and 2, then a frame with the request
//   instance ─► shell: a frame with the answer, when the command has ended
//
// A connection that ends without an answer means that the instance was ended.
#pragma once

#include <optional>
#include <string>

#include "core/fields.h"

namespace dms::agent {

struct ShellRequest {
  std::string run;      // the run of the task that asks, as its node's list of peers names it
  std::string command;  // for a shell; empty is refused
  template <class S = ShellRequest>
  static constexpr auto fields() {
    return std::tuple{required("run", &S::run), required("command", &S::command)};
  }
};

struct ShellAnswer {
  std::optional<int> exit_code;  // 128 + n when signal n killed the command
  std::string error;             // why there is none
  template <class S = ShellAnswer>
  static constexpr auto fields() {
    return std::tuple{field("exitCode", &S::exit_code), field("error", &S::error)};
  }
};

}  // namespace dms::agent
