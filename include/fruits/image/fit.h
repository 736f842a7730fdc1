// How a photo of any shape becomes the model's width x height.
//   kFull  Pillow's resize: the whole photo, proportions not kept
//   kCrop  Pillow's ImageOps.fit: fills the target, what sticks out in the middle of the longer side is cut
//   kPad   Pillow's ImageOps.pad with black: the whole photo, proportions kept
//
//   FRUITS_CHECK(FitImage(photo, Fit::kCrop, Filter::kBicubic, 224, 224, resizer, tensor));
//
// Byte for byte those functions of Pillow 13.0.0. With kPad a photo so thin that its short side would round
// to no pixel gives a black picture, as there. Threads: one Resizer per thread. Memory: the Resizer's, and
// one output with kPad.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "fruits/core/error.h"
#include "fruits/image/image.h"
#include "fruits/image/resize.h"

namespace fruits {

enum class Fit { kFull, kCrop, kPad };

std::optional<Fit> ParseFit(std::string_view name);  // "full", "crop", "pad"
std::string_view ToString(Fit fit);

// `out` has exactly 3 * width * height bytes, height x width x RGB. Errors as Resizer.
Status FitImage(const Image& source, Fit fit, Filter filter, int width, int height, Resizer& resizer,
                std::span<std::uint8_t> out);

}  // namespace fruits
