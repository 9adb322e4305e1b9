// Commands that need no shell: a program and its arguments, as most runs of a sweep are. To start a
// shell for them takes longer than to start the program; make does without it in the same way.
//
// The standard library only: node/ compiles it too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dms {

// The words that sh and bash would make of the command, with $NAME and ${NAME} replaced from the
// environment ("NAME=value" each) and quotes taken off; a first word `exec` is left out. Nothing
// when a shell might do anything else with it: patterns, several commands, words of its own,
// variables it sets itself or would split, functions and settings in the environment.
std::vector<std::string> plain_words(std::string_view command,
                                     const std::vector<std::string>& environment);

}  // namespace dms
