// estimator-worker CASE.pst --master ADDRESS:PORT
//
// Runs the model of a PEST case in the current directory for a master. Ends with 0 when the master
// says that all is done, with 1 when it does not answer for a minute, or is gone.
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "samples/estimator/programs/connection.h"
#include "samples/estimator/programs/model.h"
#include "samples/estimator/programs/text.h"

namespace {

using namespace estimator;

constexpr int patience_seconds = 60;

std::string answer(const ControlFile& control, const std::vector<std::string>& words) {
  std::vector<double> values;
  for (std::size_t at = 2; at < words.size(); ++at)
    values.push_back(number_of(words[at], "a value from the master"));
  if (values.size() != control.parameters.size()) throw Problem("the master sent other parameters");
  try {
    std::string text = "done " + words[1];
    for (const double number : run_model(control, values)) text += ' ' + text_of(number);
    return text;
  } catch (const Problem& problem) {
    return "failed " + words[1] + ' ' + problem.what();
  }
}

std::string next_line(Connection& master) {
  while (true) {
    if (auto line = master.next_line()) return *std::move(line);
    if (!master.receive()) throw Problem("the master is gone");
  }
}

void run(const std::string& case_file, const std::string& address) {
  const ControlFile control = read_control_file(case_file);
  auto master = connect_to(address_of(address), patience_seconds);
  if (!master) throw Problem("no master answers at " + address);
  (void)master->send("hello " + control.digest());
  for (int runs = 0;;) {
    const std::string line = next_line(*master);
    const auto words = words_of(line);
    if (line == "welcome") continue;
    if (line == "bye") {
      std::printf("%d runs done\n", runs);
      return;
    }
    if (words.size() < 2 || words[0] != "run") throw Problem("the master says: " + line);
    if (!master->send(answer(control, words))) throw Problem("the master is gone");
    ++runs;
  }
}

}  // namespace

int main(int count, char** values) {
  const std::vector<std::string> arguments(values + 1, values + count);
  if (arguments.size() != 3 || arguments[1] != "--master") {
    std::fprintf(stderr, "usage: estimator-worker CASE.pst --master ADDRESS:PORT\n");
    return 2;
  }
  try {
    run(arguments[0], arguments[2]);
    return 0;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "estimator-worker: %s\n", problem.what());
    return 1;
  }
}
