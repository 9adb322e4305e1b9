#include "node/mpi_rank.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "node/process.h"

namespace dms::node {
namespace {

constexpr std::string_view mark = "dmsnode: rank ";
constexpr std::string_view by_code = " ended with exit code ";
constexpr std::string_view by_signal = " ended by signal ";

volatile sig_atomic_t told_to_end = 0;
volatile pid_t child = 0;

void pass_on(int signal) {
  if (signal == SIGTERM || signal == SIGINT || signal == SIGHUP) told_to_end = 1;
  if (child > 0) ::kill(child, signal);
}

// Whoever starts the ranks says which one this is.
std::string rank_number() {
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "MV2_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK"})
    if (const char* value = std::getenv(name)) return value;
  return "?";
}

std::string this_host() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "?";
}

std::string message_of(int wait_status) {
  std::string text = std::string(mark) + rank_number() + " on " + this_host();
  if (!WIFSIGNALED(wait_status))
    return text + std::string(by_code) + std::to_string(WEXITSTATUS(wait_status)) + "\n";
  const int signal = WTERMSIG(wait_status);
  return text + std::string(by_signal) + std::to_string(signal) + " (" + ::strsignal(signal) +
         ")\n";
}

std::optional<int> number_behind(std::string_view line, std::string_view words) {
  const std::size_t at = line.find(words);
  if (at == std::string_view::npos) return std::nullopt;
  line.remove_prefix(at + words.size());
  int number = 0;
  const auto [stop, error] = std::from_chars(line.data(), line.data() + line.size(), number);
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

// Only the program's own end is worth a core file.
void end_by(int signal) {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

}  // namespace

Status mpi_rank(const std::vector<std::string>& program, int& exit_code) {
  if (program.empty()) return {Exit::usage, "mpi-rank needs a program; see dmsnode --help"};
  std::vector<char*> words;
  for (const std::string& word : program) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const pid_t self = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno("forking", errno);
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != self) ::_exit(1);
    ::execvp(words.front(), words.data());
    const std::string why = "dmsnode: " + program.front() + ": " + std::strerror(errno) + "\n";
    (void)!::write(STDERR_FILENO, why.data(), why.size());
    ::_exit(errno == ENOENT ? 127 : 126);
  }
  child = pid;
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGCONT}) {
    struct sigaction action {};
    action.sa_handler = pass_on;
    ::sigaction(signal, &action, nullptr);
  }
  const int status = wait_for_process(pid);
  child = 0;
  exit_code = exit_code_of(status);
  if (exit_code != 0 && !told_to_end) {
    const std::string message = message_of(status);
    (void)!::write(STDERR_FILENO, message.data(), message.size());
  }
  if (WIFSIGNALED(status)) end_by(WTERMSIG(status));
  return {};
}

std::optional<int> code_of_rank_message(const std::string& line) {
  if (line.find(mark) == std::string::npos) return std::nullopt;
  if (const auto code = number_behind(line, by_code)) return code;
  const auto signal = number_behind(line, by_signal);
  return signal ? std::optional(128 + *signal) : std::nullopt;
}

}  // namespace dms::node
