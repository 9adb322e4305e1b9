// What the service and its node agents say to each other.
//
// The service listens on a Unix socket in its data directory (mode 0600); each agent, one process
// per node, connects to it, says hello and keeps the connection. Both sides send frames: one JSON
// object and a newline. An agent and its runners, one process per task slot and more for runs that
// need no slot, speak the same frames over a socket pair.
//
// The agent is the truth about what runs. A start is not written down by the service; so after a
// restart of the service the hello of an agent tells what runs and what ended meanwhile. An end is
// repeated at each hello until the service has made it durable and acknowledged it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "batch/wire.h"

namespace dms::agent {

// What a run is of; one of packages has no command and installs what it names.
enum class RunKind { task, start_task, preparation, release, packages };
constexpr auto words(RunKind) {
  using enum RunKind;
  return std::array{word(task, "task"), word(start_task, "start"), word(preparation, "preparation"),
                    word(release, "release"), word(packages, "packages")};
}

// One run of one task. `incarnation` tells a task from an earlier one of the same id that was
// deleted; `attempt` counts the runs of this incarnation from 0. The start task of a node has an
// empty job_id and the task_id "startup". The instances of a multi-instance task are numbered from
// the primary's 0, one per node.
struct RunRef {
  RunKind kind = RunKind::task;
  std::string job_id;
  std::string task_id;
  int instance = 0;
  std::int64_t incarnation = 0;
  int attempt = 0;
  int retry_count = 0;     // of the task when this run began
  int required_slots = 1;  // 0: runs at once, beside whatever has the slots
  auto operator<=>(const RunRef&) const = default;
  template <class S = RunRef>
  static constexpr auto fields() {
    return std::tuple{required("kind", &S::kind),
                      required("jobId", &S::job_id),
                      required("taskId", &S::task_id),
                      required("instance", &S::instance),
                      required("incarnation", &S::incarnation),
                      required("attempt", &S::attempt),
                      required("retryCount", &S::retry_count),
                      required("requiredSlots", &S::required_slots)};
  }
};

// What every instance of a multi-instance task does before the application. The directory that the
// instances share by name, not by content, is made with a `wd`, in which the command runs; what the
// command leaves running lives until the run ends.
struct Coordination {
  std::string shared_directory;  // relative to the node's root: the primary's task directory
  std::string command_line;
  std::vector<batch::ResourceFile> common_resource_files;  // fetched to the shared directory
  template <class S = Coordination>
  static constexpr auto fields() {
    return std::tuple{required("sharedDirectory", &S::shared_directory),
                      required("commandLine", &S::command_line),
                      field("commonResourceFiles", &S::common_resource_files)};
  }
};

// An application package that a run needs: unpacked once on a node.
struct Package {
  std::string directory;  // relative to the node's root: "applications/lammps1.0/<when uploaded>"
  std::string archive;    // the zip's path on this machine
  template <class S = Package>
  static constexpr auto fields() {
    return std::tuple{required("directory", &S::directory), required("archive", &S::archive)};
  }
};

// Everything a runner needs to run a task: directories below the node's root, the whole Batch
// environment (the agent adds PATH, HOME, USER, LANG and TZ of its own), files in and out.
struct RunSpec {
  RunRef run;
  std::string
      task_directory;        // relative to the node's root: "workitems/melt/job-1/t1" or "startup"
  std::string command_line;  // split into words like a shell would, but run without a shell
  std::vector<batch::EnvironmentSetting> environment;
  std::vector<Package> packages;  // before the resource files
  std::vector<batch::ResourceFile> resource_files;
  std::vector<batch::OutputFile> output_files;
  std::optional<Duration> max_wall_clock_time;
  // Instances only. The primary's command waits for "proceed"; a subtask has none and is ended.
  std::optional<Coordination> coordination;
  template <class S = RunSpec>
  static constexpr auto fields() {
    return std::tuple{required("run", &S::run),
                      required("taskDirectory", &S::task_directory),
                      required("commandLine", &S::command_line),
                      field("environment", &S::environment),
                      field("packages", &S::packages),
                      field("resourceFiles", &S::resource_files),
                      field("outputFiles", &S::output_files),
                      field("maxWallClockTime", &S::max_wall_clock_time),
                      field("coordination", &S::coordination)};
  }
};

// How a run ended by itself or was ended.
enum class EndedBy { itself, terminate, wall_clock, lost };
constexpr auto words(EndedBy) {
  return std::array{word(EndedBy::itself, "itself"), word(EndedBy::terminate, "terminate"),
                    word(EndedBy::wall_clock, "wallclock"), word(EndedBy::lost, "lost")};
}

// The end of a run: its files are uploaded and no process of it is left.
struct RunEnd {
  RunRef run;
  EndedBy ended_by = EndedBy::itself;  // lost: the runner died; the task runs again, uncounted
  Timestamp start_time;                // before the first download
  Timestamp end_time;
  std::optional<int> exit_code;  // of the command; 128 + n when signal n killed it
  std::optional<batch::FailureInfo> failure_info;  // set whenever the run did not succeed
  template <class S = RunEnd>
  static constexpr auto fields() {
    return std::tuple{required("run", &S::run),
                      required("endedBy", &S::ended_by),
                      required("startTime", &S::start_time),
                      required("endTime", &S::end_time),
                      field("exitCode", &S::exit_code),
                      field("failureInfo", &S::failure_info)};
  }
};

// How far a running instance is: its coordination command is still to succeed; it waits for the
// others; it is the primary and was told to proceed.
enum class InstancePhase { coordinating, coordinated, proceeding };
constexpr auto words(InstancePhase) {
  using enum InstancePhase;
  return std::array{word(coordinating, "coordinating"), word(coordinated, "coordinated"),
                    word(proceeding, "proceeding")};
}

struct RunningInstance {
  RunRef run;
  InstancePhase phase = InstancePhase::coordinating;
  template <class S = RunningInstance>
  static constexpr auto fields() {
    return std::tuple{required("run", &S::run), required("phase", &S::phase)};
  }
};

// What an agent knows at the moment it connects.
struct Hello {
  std::string node_id;
  int process_id = 0;
  std::vector<RunRef> running;
  std::vector<RunningInstance> instances;  // those of `running` that are instances
  std::vector<RunEnd> ended;               // not yet acknowledged
  template <class S = Hello>
  static constexpr auto fields() {
    return std::tuple{required("nodeId", &S::node_id), required("processId", &S::process_id),
                      required("running", &S::running), field("instances", &S::instances),
                      required("ended", &S::ended)};
  }
};

// A frame from an agent (or a runner, which says no hello). What is coordinated is told again at
// each hello.
struct FromAgent {
  std::optional<Hello> hello;
  std::vector<RunRef> coordinated;
  std::vector<RunEnd> ended;
  template <class S = FromAgent>
  static constexpr auto fields() {
    return std::tuple{field("hello", &S::hello), field("coordinated", &S::coordinated),
                      field("ended", &S::ended)};
  }
};

// Files of the node that go to a container of Azure Storage, to "<directory>/<file>".
struct LogUpload {
  std::string container_url;  // with a SAS that may write
  std::string directory;
  std::vector<std::string> files;  // below the node's root
  template <class S = LogUpload>
  static constexpr auto fields() {
    return std::tuple{required("containerUrl", &S::container_url),
                      required("directory", &S::directory), required("files", &S::files)};
  }
};

// A frame to an agent (or a runner, which gets `start`, `proceed` and `end` only). The agent
// handles what one frame holds in this order: acknowledged, remove, start, proceed, end,
// upload_logs, shutdown.
struct ToAgent {
  std::vector<RunSpec> start;
  std::vector<RunRef> proceed;       // primaries whose instances are all coordinated; repeatable
  std::vector<RunRef> end;           // the tree is killed and a RunEnd with `terminate` follows
  std::vector<RunRef> acknowledged;  // ends that are durable: the agent forgets them
  std::vector<std::string> remove;   // directories below the node's root to delete, in this order
  std::vector<LogUpload> upload_logs;
  std::optional<bool> shutdown;  // end every run without a report, then exit with 0
  template <class S = ToAgent>
  static constexpr auto fields() {
    return std::tuple{field("start", &S::start),      field("proceed", &S::proceed),
                      field("end", &S::end),          field("acknowledged", &S::acknowledged),
                      field("remove", &S::remove),    field("uploadLogs", &S::upload_logs),
                      field("shutdown", &S::shutdown)};
  }
};

// How the service starts an agent: `dmsbatch node-agent --socket S --root R --node N --slots K`.
struct AgentOptions {
  std::string socket_path;
  std::string root;  // the node's root directory, made by the agent
  std::string node_id;
  int slots = 1;
  // Without a connection and without a run for this long the agent ends itself.
  std::chrono::seconds orphan_limit{600};
};

}  // namespace dms::agent
