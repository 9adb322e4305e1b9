// recession: how the flow of a spring falls without rain, by a reservoir that is not linear.
//
//   dS/dt = -Q,  Q = k · S^b
//
// Reads recession.in ("NAME VALUE" lines: storage, k, b, days, substeps) and writes recession.out,
// a line "day flow" for each day. The reservoir is integrated by Runge and Kutta's fourth order
// with so many substeps a day; many make a run take longer.
#include <cmath>
#include <cstdio>
#include <exception>
#include <map>
#include <string>

#include "samples/estimator/programs/text.h"

namespace {

using namespace estimator;

std::map<std::string, double> read_input() {
  std::map<std::string, double> input;
  for (const std::string& line : lines_of(read_text("recession.in"))) {
    const auto words = words_of(line);
    if (words.size() == 2) input[words[0]] = number_of(words[1], "recession.in: " + words[0]);
  }
  for (const char* name : {"storage", "k", "b", "days", "substeps"})
    if (!input.contains(name)) throw Problem(std::string("recession.in: no ") + name);
  return input;
}

void run() {
  const auto input = read_input();
  const double k = input.at("k"), b = input.at("b");
  const int substeps = static_cast<int>(input.at("substeps"));
  const double h = 1.0 / substeps;
  const auto flow = [&](double storage) { return storage > 0 ? k * std::pow(storage, b) : 0.0; };
  double storage = input.at("storage");
  std::string out = "day flow\n";
  for (int day = 1; day <= static_cast<int>(input.at("days")); ++day) {
    for (int step = 0; step < substeps; ++step) {
      const double f1 = flow(storage);
      const double f2 = flow(storage - h / 2 * f1);
      const double f3 = flow(storage - h / 2 * f2);
      const double f4 = flow(storage - h * f3);
      storage -= h / 6 * (f1 + 2 * f2 + 2 * f3 + f4);
    }
    char line[64];
    std::snprintf(line, sizeof line, "%d %.12g\n", day, flow(storage));
    out += line;
  }
  write_text("recession.out", out);
}

}  // namespace

int main() {
  try {
    run();
    return 0;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "recession: %s\n", problem.what());
    return 1;
  }
}
