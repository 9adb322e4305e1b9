// One run of a model: parameters into its input files by PEST's templates, the program, numbers out
// of its output files by PEST's instructions.
#pragma once

#include <string>
#include <vector>

#include "samples/estimator/programs/control_file.h"

namespace estimator {

// The template with a number in each "~ name ~": as many digits as the place is wide.
// Throws Problem for an unknown name or a place that is too narrow for any number.
std::string fill_template(const std::string& text, const std::vector<Parameter>& parameters,
                          const std::vector<double>& values, const std::string& file);

// The numbers that instructions find in an output, by the observations' order; those of other
// instruction files stay. Understood are lines down (l3), the next blank (w), the next line with a
// text (@text@) and a number (!name!). Throws Problem naming the instruction.
void follow_instructions(const std::string& instructions, const std::string& output,
                         const std::vector<Observation>& observations, const std::string& file,
                         std::vector<double>& found);

// Runs the model in the current directory and returns what it computes for each observation.
// Throws Problem when the program fails or leaves no such numbers.
std::vector<double> run_model(const ControlFile& control, const std::vector<double>& values);

}  // namespace estimator
