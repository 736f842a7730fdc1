// An RGB picture in memory: 8 bits a channel, interleaved, rows without padding.
// Threads: a value type. Memory: 3 * width * height bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace fruits {

struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;  // height x width x 3

  // Sets the size; the pixels are unspecified. Keeps its memory when it shrinks, so one object serves many
  // photos.
  void Resize(int new_width, int new_height) {
    width = new_width;
    height = new_height;
    rgb.resize(std::size_t{3} * static_cast<std::size_t>(new_width) * static_cast<std::size_t>(new_height));
  }
};

}  // namespace fruits
