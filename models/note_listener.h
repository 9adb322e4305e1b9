// Where the steps of a runner are told.
#pragma once

#include <string_view>

namespace dms::models {

class NoteListener {
 public:
  virtual ~NoteListener() = default;
  // A sentence about a step that was done.
  virtual void note(std::string_view line) = 0;
};

}  // namespace dms::models
