// dmsnode master: says where this node is, then becomes the program that others are to find here.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/status.h"

namespace dms::node {

struct MasterOptions {
  std::optional<std::string> port;   // "4004", or "any": a free one of this node
  std::vector<std::string> command;  // found through PATH when it holds no '/'
};

// Prints
//   hostname NAME
//   address IP
//   port N            when a port was asked for
// and runs the command in place of this program, with MASTER_HOSTNAME, MASTER_IP and MASTER_PORT.
//
// The address is the value of DMSBATCH_NODE_IP, which the local service gives to its nodes, all of
// one machine; elsewhere that of the interface which leads out. Where the variable is there, nobody
// knows the node by a name, and the address stands for it. A free port may be taken by another
// program before the command has it. Returns only when it fails. Errors: usage, io_error.
Status run_master(const MasterOptions& options);

}  // namespace dms::node
