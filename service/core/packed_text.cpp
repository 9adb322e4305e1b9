#include "service/core/packed_text.h"

#include <zstd.h>

namespace dms::service {

namespace {

constexpr int level = 3;
// A text that shares less than this with the dictionary becomes the next one, but a dictionary is
// some ten thousand bytes and must serve its share of texts.
constexpr std::size_t poor_ratio = 3;
constexpr int texts_per_dictionary = 64;
// Shorter ones gain nothing.
constexpr std::size_t shortest = 64;

template <auto release>
struct FreeBy {
  template <class T>
  void operator()(T* held) const {
    release(held);
  }
};

}  // namespace

struct PackedText::Dictionary {
  explicit Dictionary(std::string_view text)
      : compressing(ZSTD_createCDict(text.data(), text.size(), level)),
        decompressing(ZSTD_createDDict(text.data(), text.size())) {}

  std::unique_ptr<ZSTD_CDict, FreeBy<ZSTD_freeCDict>> compressing;
  std::unique_ptr<ZSTD_DDict, FreeBy<ZSTD_freeDDict>> decompressing;
};

std::string PackedText::unpack() const {
  if (!dictionary_) return bytes_;
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeBy<ZSTD_freeDCtx>> context(ZSTD_createDCtx());
  std::string text(ZSTD_getFrameContentSize(bytes_.data(), bytes_.size()), '\0');
  ZSTD_decompress_usingDDict(context.get(), text.data(), text.size(), bytes_.data(), bytes_.size(),
                             dictionary_->decompressing.get());
  return text;
}

struct TextPacker::State {
  std::unique_ptr<ZSTD_CCtx, FreeBy<ZSTD_freeCCtx>> context{ZSTD_createCCtx()};
  std::shared_ptr<const PackedText::Dictionary> dictionary;
  int packed_with_it = 0;
  std::string buffer;
};

TextPacker::TextPacker() : state_(std::make_unique<State>()) {}
TextPacker::TextPacker(TextPacker&&) noexcept = default;
TextPacker& TextPacker::operator=(TextPacker&&) noexcept = default;
TextPacker::~TextPacker() = default;

PackedText TextPacker::pack(std::string_view text) {
  PackedText packed;
  State& state = *state_;
  if (text.size() >= shortest && state.dictionary) {
    state.buffer.resize(ZSTD_compressBound(text.size()));
    const std::size_t size =
        ZSTD_compress_usingCDict(state.context.get(), state.buffer.data(), state.buffer.size(),
                                 text.data(), text.size(), state.dictionary->compressing.get());
    ++state.packed_with_it;
    if (!ZSTD_isError(size) && size < text.size()) {
      packed.dictionary_ = state.dictionary;
      packed.bytes_ = std::string(state.buffer, 0, size);
    }
  }
  if (!packed.dictionary_) packed.bytes_ = std::string(text);
  const bool is_poor = text.size() >= shortest && packed.bytes_.size() > text.size() / poor_ratio;
  if (is_poor && (!state.dictionary || state.packed_with_it >= texts_per_dictionary)) {
    state.dictionary = std::make_shared<const PackedText::Dictionary>(text);
    state.packed_with_it = 0;
  }
  return packed;
}

}  // namespace dms::service
