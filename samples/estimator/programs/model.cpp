#include "samples/estimator/programs/model.h"

#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "samples/estimator/programs/text.h"

extern char** environ;

namespace estimator {
namespace {

constexpr double not_found = std::numeric_limits<double>::quiet_NaN();

template <class Named>
std::size_t index_of(const std::vector<Named>& all, const std::string& name,
                     const std::string& file) {
  for (std::size_t at = 0; at < all.size(); ++at)
    if (all[at].name == name) return at;
  throw Problem(file + ": '" + name + "' is not in the control file");
}

// The first line of a template or instruction file, "ptf ~", names the character that marks.
char marker_of(const std::vector<std::string>& lines, const std::string& kind,
               const std::string& file) {
  const auto words = words_of(lines.empty() ? "" : lines[0]);
  if (words.size() != 2 || lower(words[0]) != kind || words[1].size() != 1)
    throw Problem(file + ": the first line is not '" + kind + " MARKER'");
  return words[1][0];
}

// As many digits as fit.
std::string fitted(double value, std::size_t width, const std::string& file) {
  for (int digits = 17; digits > 0; --digits) {
    char text[64];
    const int length = std::snprintf(text, sizeof text, "%.*g", digits, value);
    if (length > 0 && static_cast<std::size_t>(length) <= width)
      return std::string(text) + std::string(width - static_cast<std::size_t>(length), ' ');
  }
  throw Problem(file + ": a place is too narrow for a number");
}

class Follower {
 public:
  Follower(const std::string& output, const std::string& file)
      : lines_(lines_of(output)), file_(file) {}

  double follow(const std::string& item, char marker) {
    if (item.size() > 1 && item[0] == 'l') {
      down(static_cast<std::size_t>(number_of(item.substr(1), file_ + ": " + item)));
    } else if (item == "w") {
      to_blank();
    } else if (item.size() > 2 && item.front() == marker && item.back() == marker) {
      to_text(item.substr(1, item.size() - 2));
    } else if (item.size() > 2 && item.front() == '!' && item.back() == '!') {
      return next_number(item);
    } else {
      throw Problem(file_ + ": unknown instruction " + item);
    }
    return not_found;
  }

 private:
  const std::string& line() const {
    if (line_ == 0 || line_ > lines_.size()) throw Problem(file_ + ": the output ends too early");
    return lines_[line_ - 1];
  }
  void down(std::size_t count) {
    line_ += count;
    column_ = 0;
    line();
  }
  void to_blank() {
    column_ = line().find_first_of(" \t", line().find_first_not_of(" \t", column_));
    if (column_ == std::string::npos) throw Problem(file_ + ": no blank is left in: " + line());
  }
  void to_text(const std::string& text) {
    for (down(1); line().find(text) == std::string::npos;) down(1);
    column_ = line().find(text) + text.size();
  }
  double next_number(const std::string& item) {
    const auto words = words_of(std::string_view(line()).substr(std::min(column_, line().size())));
    if (words.empty()) throw Problem(file_ + ": nothing to read for " + item);
    column_ = line().find(words[0], column_) + words[0].size();
    return number_of(words[0], file_ + ": " + item);
  }

  const std::vector<std::string> lines_;
  const std::string& file_;
  std::size_t line_ = 0;  // from 1
  std::size_t column_ = 0;
};

void run_program(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = 0;
  int status = 0;
  if (::posix_spawnp(&pid, arguments[0], nullptr, nullptr, arguments.data(), environ) != 0)
    throw Problem("the model cannot be started: " + command[0]);
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw Problem("the model failed: " + command[0] +
                  (WIFEXITED(status) ? ", exit code " + std::to_string(WEXITSTATUS(status))
                                     : ", signal " + std::to_string(WTERMSIG(status))));
}

}  // namespace

std::string fill_template(const std::string& text, const std::vector<Parameter>& parameters,
                          const std::vector<double>& values, const std::string& file) {
  const auto lines = lines_of(text);
  const char marker = marker_of(lines, "ptf", file);
  std::string filled;
  for (std::size_t at = 1; at < lines.size(); ++at) {
    std::string line = lines[at];
    for (std::size_t begin = 0; (begin = line.find(marker, begin)) != std::string::npos;) {
      const std::size_t end = line.find(marker, begin + 1);
      if (end == std::string::npos)
        throw Problem(file + ":" + std::to_string(at + 1) + ": a marker without its other");
      const auto name = words_of(line.substr(begin + 1, end - begin - 1));
      const std::size_t which = index_of(parameters, name.empty() ? "" : lower(name[0]), file);
      const std::size_t width = end - begin + 1;
      line.replace(begin, width, fitted(values[which], width, file));
      begin += width;
    }
    filled += line + '\n';
  }
  return filled;
}

void follow_instructions(const std::string& instructions, const std::string& output,
                         const std::vector<Observation>& observations, const std::string& file,
                         std::vector<double>& found) {
  const auto lines = lines_of(instructions);
  const char marker = marker_of(lines, "pif", file);
  Follower follower(output, file);
  for (std::size_t at = 1; at < lines.size(); ++at)
    for (const std::string& item : words_of(lines[at])) {
      const double number = follower.follow(item, marker);
      if (std::isnan(number)) continue;
      const std::string name = lower(item.substr(1, item.size() - 2));
      found[index_of(observations, name, file)] = number;
    }
}

std::vector<double> run_model(const ControlFile& control, const std::vector<double>& values) {
  for (const auto& [tpl, input] : control.templates)
    write_text(input, fill_template(read_text(tpl), control.parameters, values, tpl));
  for (const auto& [ins, output] : control.instructions) std::remove(output.c_str());
  run_program(control.command);
  std::vector<double> found(control.observations.size(), not_found);
  for (const auto& [ins, output] : control.instructions)
    follow_instructions(read_text(ins), read_text(output), control.observations, ins, found);
  for (std::size_t at = 0; at < found.size(); ++at)
    if (std::isnan(found[at]))
      throw Problem("no instruction reads observation " + control.observations[at].name);
  return found;
}

}  // namespace estimator
