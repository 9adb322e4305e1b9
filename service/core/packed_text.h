// Many texts that are alike, kept small: the tasks of a study differ in a few words.
//
// A text is compressed with an earlier one as its dictionary, which lives as long as a text needs
// it. Some hundred bytes are left of a task's two thousand; packing takes microseconds.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace dms::service {

class PackedText {
 public:
  struct Dictionary;

  // The text that was packed, "" before. Thread-safe.
  std::string unpack() const;
  // Bytes that this text takes, without the dictionary.
  std::size_t size() const { return bytes_.size(); }

 private:
  friend class TextPacker;
  std::shared_ptr<const Dictionary> dictionary_;  // none: bytes_ is the text itself
  std::string bytes_;
};

// Not thread-safe.
class TextPacker {
 public:
  TextPacker();
  TextPacker(TextPacker&&) noexcept;
  TextPacker& operator=(TextPacker&&) noexcept;
  ~TextPacker();

  PackedText pack(std::string_view text);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dms::service
