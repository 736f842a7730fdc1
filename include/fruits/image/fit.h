// How a photo of any shape becomes the model's width x height.
//   kFull  Pillow's resize: the whole photo, proportions not kept
//   kCrop  Pillow's ImageOps.fit: fills the target, what sticks out in the middle of the longer side is cut
//   kPad   Pillow's ImageOps.pad with black: the whole photo, proportions kept
// Threads: one Resizer per thread.
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

// `out` has exactly 3 * width * height bytes, height x width x RGB. kInvalidArgument as Resizer.
Status FitImage(const Image& source, Fit fit, Filter filter, int width, int height, Resizer& resizer,
                std::span<std::uint8_t> out);

}  // namespace fruits
