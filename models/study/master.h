// The keys `master` and `workers` of a study: one program that hands out work, and many that ask it
// for some, as PEST, BeoPEST, PEST++ and their like do it.
//
//   master:
//     command: ./start_master.sh       # finds MASTER_IP, MASTER_HOSTNAME and MASTER_PORT
//     outputs: [case.par, case.rec]
//     port: 4004                       # MASTER_PORT; or any: a free one of the master's node
//     grace: 30s                       # for the workers to end when the master has
//     prints_hostname: false           # true: the command's first line is "hostname NAME"
//   workers:
//     command: ./start_worker.sh       # finds the same three
//     count: 26
//     max_replacements: 5              # of workers that fail, in the whole study
//     outputs: [worker.rec]            # nothing comes back unless something is asked for
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/result.h"

namespace dms::models {

struct Study;
struct YamlNode;
class StudyReader;

struct MasterSpec {
  std::string command;
  std::vector<std::string> outputs;
  int port = 0;  // 0: none given
  bool any_port = false;
  std::chrono::seconds grace{30};
  bool prints_hostname = false;
};

struct WorkersSpec {
  std::string command;
  std::vector<std::string> outputs;
  int count = 0;
  int max_replacements = 5;
};

// The master of PEST++ fails above about so many.
inline constexpr int most_workers = 1000;

// Errors of the readers: those of StudyReader.
Status read_master(const StudyReader& reader, const YamlNode& node, Study& study);
Status read_workers(const StudyReader& reader, const YamlNode& node, Study& study);

// What goes together: both keys, and none of those that only runs of a sweep have. Does nothing for
// a study without either.
Status check_master(const StudyReader& reader, const YamlNode& root, const Study& study);

}  // namespace dms::models
