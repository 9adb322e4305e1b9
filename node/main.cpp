// The command line of dmsnode: arguments in, exit code and a sentence on stderr out.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include "node/master.h"

#include "node/mpi_verbs.h"
#include "node/run.h"
#include "node/template.h"
#include "node/unzip.h"
#include "node/zip.h"

namespace dms::node {
namespace {

constexpr const char* help_text =
    R"(dmsnode does on a compute node what a bare machine lacks: it unpacks inputs, packs
results and says where the node is. It is one program without dependencies; send it along as a resource file.

  dmsnode unzip ARCHIVE [--into DIR] [--delete] [--max-bytes N]
      Unpacks a zip archive into DIR (default: here), which is created. Modes, times and
      links are kept; files in the way are replaced. Nothing is unpacked from an archive
      that would write outside DIR or unpack to more than N bytes (default 1 TiB).
        --delete     remove the archive once everything is unpacked

  dmsnode zip ARCHIVE PATTERN... [--optional] [--also NAME=PATH]...
      Writes a zip archive of the files that match, relative to the current directory.
      It appears under its name when it is complete.
        results      a file, or a directory with everything below it
        run*/*.csv   * ? [a-c] [!abc] within one part of a path; hidden files only as .*
        **/log.txt   ** stands for directories of any depth, also none
      A pattern without a match makes the exit code 66; the archive then holds the rest.
        --optional   a pattern without a match is no error
        --also N=P   add the file P from elsewhere as N; left out when P does not exist
      Quote patterns, or the shell replaces them before dmsnode sees them.

  dmsnode stage [--tool SHA] [--inputs SHA=ARCHIVE]... [--file SHA=PATH]...
      Keeps what runs will need in AZ_BATCH_NODE_SHARED_DIR/dmsbatch, once per node and
      content: this program, inputs (unpacked), large files. What was brought is removed.

  dmsnode run ARCHIVE [--inputs SHA[=ZIP]] [--shared NAME=SHA]... [--also NAME=PATH]...
          -- COMMAND PATTERN...
      One run: copies the inputs that the node keeps here, or keeps those of ZIP first;
      makes AZ_BATCH_NODE_SHARED_DIR/NAME lead to the shared file; runs COMMAND by
      /bin/bash -eo pipefail, or without a shell when it is a program with plain words;
      packs what matches into ARCHIVE, as zip does, and of a command that failed as much
      as is there. The exit code is the command's, 128 and the number of a signal that
      ended it, or one of those below.

  dmsnode template FROM TO [--style braces|dollar|tilde]
      Writes the file TO: FROM with its gaps filled from the environment.
        braces   {NAME}; {{NAME}} stands for {NAME} itself (default)
        dollar   $NAME and ${NAME}; $$ stands for $
        tilde    as PEST: a first line "ptf ~", and ~ NAME ~ as wide as it stands there

  dmsnode master [--port N | --port any] -- COMMAND...
      Prints "hostname NAME", "address IP" and, with --port, "port N", a line each, and
      becomes the command, which finds the same in MASTER_HOSTNAME, MASTER_IP and
      MASTER_PORT. The word any takes a port that is free.

)";

constexpr const char* help_end =
    R"(  dmsnode --version | --help

In a task's command line:
  /bin/sh -c './dmsnode unzip inputs.zip --delete && ./model; s=$?;
              ./dmsnode zip out.zip "results/**" --also stdout.txt=../stdout.txt && exit $s'

Exit codes: 0 ok, 64 wrong usage, 65 bad archive or template, 66 missing output, 69 no mpirun,
74 input/output error; of mpirun those of the program
)";

// The arguments after the command, read from the front. After "--" all are operands.
class Arguments {
 public:
  Arguments(int count, char** values) : values_(values, values + count) {}

  bool empty() const { return next_ == values_.size(); }

  // The next argument if it is an operand.
  std::optional<std::string> operand() {
    if (!only_operands_ && !empty() && values_[next_] == "--") {
      only_operands_ = true;
      ++next_;
    }
    if (empty() || (!only_operands_ && values_[next_].starts_with("--"))) return std::nullopt;
    return values_[next_++];
  }

  bool flag(std::string_view name) {
    if (empty() || only_operands_ || values_[next_] != name) return false;
    ++next_;
    return true;
  }

  // The value of "--name VALUE" or "--name=VALUE".
  std::optional<std::string> option(std::string_view name) {
    if (empty() || only_operands_ || !values_[next_].starts_with(name)) return std::nullopt;
    const auto rest = values_[next_].substr(name.size());
    if (rest.starts_with('=')) {
      ++next_;
      return rest.substr(1);
    }
    if (!rest.empty() || next_ + 1 == values_.size()) return std::nullopt;
    next_ += 2;
    return values_[next_ - 1];
  }

  // Why the next argument, which nobody took, is wrong.
  Status unexpected() const {
    if (empty()) return {Exit::usage, "an argument is missing; see dmsnode --help"};
    return {Exit::usage,
            "'" + values_[next_] + "' is unknown here or lacks its value; " + "see dmsnode --help"};
  }

 private:
  std::vector<std::string> values_;
  std::size_t next_ = 0;
  bool only_operands_ = false;
};

Status parse_bytes(const std::string& text, std::uint64_t& bytes) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, bytes);
  if (error == std::errc() && stop == end) return {};
  return {Exit::usage, "--max-bytes " + text + ": must be a whole number of bytes"};
}

Status run_unzip(Arguments arguments) {
  UnzipOptions options;
  while (!arguments.empty()) {
    if (arguments.flag("--delete")) {
      options.afterwards = Afterwards::delete_archive;
    } else if (auto into = arguments.option("--into")) {
      options.into = into->empty() ? "." : *into;
    } else if (auto bytes = arguments.option("--max-bytes")) {
      DMS_NODE_CHECK(parse_bytes(*bytes, options.max_bytes));
    } else if (auto archive = options.archive.empty() ? arguments.operand() : std::nullopt) {
      options.archive = *archive;
    } else {
      return arguments.unexpected();
    }
  }
  if (options.archive.empty()) return arguments.unexpected();
  return unzip(options);
}

Status run_template(Arguments arguments) {
  TemplateOptions options;
  while (!arguments.empty()) {
    if (auto word = arguments.option("--style")) {
      const auto style = template_style(*word);
      if (!style) return {Exit::usage, "--style " + *word + ": must be braces, dollar or tilde"};
      options.style = *style;
    } else if (auto file = options.to.empty() ? arguments.operand() : std::nullopt) {
      (options.from.empty() ? options.from : options.to) = *file;
    } else {
      return arguments.unexpected();
    }
  }
  if (options.to.empty()) return arguments.unexpected();
  return fill_template(options);
}

Status add_also(const std::string& text, ZipOptions& options) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    return {Exit::usage, "--also " + text + ": must be NAME=PATH"};
  }
  options.also.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  return {};
}

Status run_zip(Arguments arguments) {
  ZipOptions options;
  while (!arguments.empty()) {
    if (arguments.flag("--optional")) {
      options.missing = Missing::is_accepted;
    } else if (auto also = arguments.option("--also")) {
      DMS_NODE_CHECK(add_also(*also, options));
    } else if (auto operand = arguments.operand()) {
      if (options.archive.empty()) {
        options.archive = *operand;
      } else {
        options.patterns.push_back(*operand);
      }
    } else {
      return arguments.unexpected();
    }
  }
  if (options.archive.empty() || (options.patterns.empty() && options.also.empty())) {
    return arguments.unexpected();
  }
  return zip(options);
}

// "SHA=PATH" or "NAME=SHA"; without '=' the second is empty.
std::pair<std::string, std::string> halves(const std::string& text) {
  const auto equals = text.rfind('=');
  if (equals == std::string::npos) return {text, ""};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

Brought brought(const std::string& text) {
  const auto equals = std::min(text.find('='), text.size());
  return {text.substr(0, equals), text.substr(std::min(equals + 1, text.size()))};
}

Status run_stage(Arguments arguments) {
  StageOptions options;
  while (!arguments.empty()) {
    if (auto tool = arguments.option("--tool")) {
      options.tool_sha256 = *tool;
    } else if (auto inputs = arguments.option("--inputs")) {
      options.inputs.push_back(brought(*inputs));
    } else if (auto file = arguments.option("--file")) {
      options.files.push_back(brought(*file));
    } else {
      return arguments.unexpected();
    }
  }
  return stage(options);
}

Status run_run(Arguments arguments, int& exit_code) {
  RunOptions options;
  bool has_command = false;
  while (!arguments.empty()) {
    if (auto inputs = arguments.option("--inputs")) {
      options.inputs.push_back(brought(*inputs));
    } else if (auto shared = arguments.option("--shared")) {
      const auto [name, sha256] = halves(*shared);
      options.shared.push_back({name, sha256});
    } else if (auto also = arguments.option("--also")) {
      DMS_NODE_CHECK(add_also(*also, options.outputs));
    } else if (auto operand = arguments.operand()) {
      if (options.outputs.archive.empty()) {
        options.outputs.archive = *operand;
      } else if (!has_command) {
        has_command = true;
        options.command = *operand;
      } else {
        options.outputs.patterns.push_back(*operand);
      }
    } else {
      return arguments.unexpected();
    }
  }
  if (!has_command) return arguments.unexpected();
  return run(options, exit_code);
}

Status run_master(Arguments arguments) {
  MasterOptions options;
  while (!arguments.empty()) {
    if (auto port = arguments.option("--port")) {
      options.port = *port;
    } else if (auto word = arguments.operand()) {
      options.command.push_back(*word);
    } else {
      return arguments.unexpected();
    }
  }
  if (options.command.empty()) return arguments.unexpected();
  return run_master(options);
}

// Zip's local times are written in one zone, so that an archive does not depend on the node.
void use_one_time_zone() { setenv("TZ", "UTC0", 1); }

// `exit_code` is what a command that ran gave; 0 for all else.
Status run_verb(int count, char** values, int& exit_code) {
  const std::string_view command = count > 1 ? values[1] : "";
  if (command == "run") return run_run({count - 2, values + 2}, exit_code);
  if (command == "master") return run_master({count - 2, values + 2});
  if (is_mpi_verb(command)) return run_mpi_verb(command, {values + 2, values + count}, exit_code);
  use_one_time_zone();
  if (command == "unzip") return run_unzip({count - 2, values + 2});
  if (command == "zip") return run_zip({count - 2, values + 2});
  if (command == "stage") return run_stage({count - 2, values + 2});
  if (command == "template") return run_template({count - 2, values + 2});
  if (command == "--help" || command == "-h" || command == "help") {
    for (const char* text : {help_text, mpi_help_text, help_end}) std::fputs(text, stdout);
    return {};
  }
  if (command == "--version") {
    std::puts("dmsnode " DMSNODE_VERSION);
    return {};
  }
  return {Exit::usage, command.empty()
                           ? "a command is missing; see dmsnode --help"
                           : "'" + std::string(command) + "' is no command; see dmsnode --help"};
}

}  // namespace
}  // namespace dms::node

int main(int argc, char** argv) {
  int exit_code = 0;
  const auto status = dms::node::run_verb(argc, argv, exit_code);
  if (!status.ok()) std::fprintf(stderr, "dmsnode: %s\n", status.message().c_str());
  return status.ok() ? exit_code : static_cast<int>(status.exit());
}
