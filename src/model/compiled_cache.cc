#include "model/compiled_cache.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <openvino/runtime/tensor.hpp>
#include <utility>
#include <vector>

namespace fruits {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".compiled";
constexpr std::array<char, 8> kMagic = {'F', 'R', 'U', 'I', 'T', 'S', 'C', '1'};

// Stands at the end, because OpenVINO writes its own offsets from the file's start.
struct Footer {
  std::array<char, 8> magic = kMagic;
  std::uint64_t size = 0;
  std::uint64_t checksum = 0;
};

// Finds damage, not malice (a power cut may leave a hole under a good name): four independent multiply-xor
// lanes run at the speed of memory.
std::uint64_t Checksum(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t kPrime = 0x9E3779B185EBCA87ULL;
  std::array<std::uint64_t, 4> lanes = {1, 2, 3, 4};
  std::size_t i = 0;
  for (; i + 32 <= size; i += 32) {
    std::array<std::uint64_t, 4> words;
    std::memcpy(words.data(), data + i, 32);
    for (int k = 0; k < 4; ++k) {
      lanes[k] = (lanes[k] ^ words[k]) * kPrime;
      lanes[k] ^= lanes[k] >> 29;
    }
  }
  std::uint64_t sum = size;
  for (; i < size; ++i) sum = (sum ^ data[i]) * kPrime;
  for (const std::uint64_t lane : lanes) {
    sum = (sum ^ lane) * kPrime;
    sum ^= sum >> 32;
  }
  return sum;
}

std::string FilePath(const std::string& directory, const std::string& key) {
  return (fs::path(directory) / (key + std::string(kSuffix))).string();
}

// The compiled bytes of a whole file; an empty tensor otherwise.
ov::Tensor ReadWhole(const std::string& path) {
  std::error_code error;
  const std::uintmax_t file_size = fs::file_size(path, error);
  if (error || file_size <= sizeof(Footer)) return {};
  Footer footer;
  std::ifstream file(path, std::ios::binary);
  file.seekg(-static_cast<std::streamoff>(sizeof footer), std::ios::end);
  if (!file.read(reinterpret_cast<char*>(&footer), sizeof footer)) return {};
  if (footer.magic != kMagic || footer.size != file_size - sizeof footer) return {};
  const ov::PartialShape shape{static_cast<std::int64_t>(footer.size)};
  ov::Tensor bytes = ov::read_tensor_data(path, ov::element::u8, shape, 0, /*mmap=*/true);
  // A mapped tensor gives its address to readers only.
  if (Checksum(std::as_const(bytes).data<std::uint8_t>(), footer.size) != footer.checksum) return {};
  return bytes;
}

// Unique among processes and threads.
std::string TemporaryPath(const std::string& path) {
  static std::atomic<int> count{0};
  return fmt::format("{}.{}.{}.tmp", path, getpid(), count++);
}

}  // namespace

std::optional<ov::CompiledModel> CompiledCache::Load(ov::Core& core, const ov::AnyMap& properties,
                                                     const std::string& key) const {
  if (directory_.empty()) return std::nullopt;
  try {
    const std::string path = FilePath(directory_, key);
    const ov::Tensor bytes = ReadWhole(path);
    if (!bytes) return std::nullopt;
    std::optional<ov::CompiledModel> compiled = core.import_model(bytes, "CPU", properties);
    std::error_code ignored;
    fs::last_write_time(path, fs::file_time_type::clock::now(), ignored);
    return compiled;
  } catch (const std::exception&) {
    return std::nullopt;  // written by another OpenVINO, or damaged: compiled anew
  }
}

ov::CompiledModel CompiledCache::Compile(ov::Core& core, const std::shared_ptr<ov::Model>& model,
                                         const ov::AnyMap& properties, const std::string& key,
                                         const std::function<bool()>& is_intact) const {
  ov::CompiledModel compiled = core.compile_model(model, "CPU", properties);
  if (!directory_.empty() && is_intact()) Store(compiled, key);
  return compiled;
}

void CompiledCache::Store(ov::CompiledModel& compiled, const std::string& key) const {
  std::error_code error;
  fs::create_directories(directory_, error);
  const std::string path = FilePath(directory_, key);
  const std::string temporary = TemporaryPath(path);
  bool written = false;
  try {
    std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
    if (!file) return;
    compiled.export_model(file);
    file.seekp(0, std::ios::end);  // OpenVINO goes back to fill in its own header
    file.flush();
    Footer footer;
    footer.size = fs::file_size(temporary);
    const ov::PartialShape shape{static_cast<std::int64_t>(footer.size)};
    const ov::Tensor bytes = ov::read_tensor_data(temporary, ov::element::u8, shape, 0, /*mmap=*/true);
    footer.checksum = Checksum(bytes.data<std::uint8_t>(), footer.size);
    file.write(reinterpret_cast<const char*>(&footer), sizeof footer);
    file.close();
    written = file.good();
  } catch (const std::exception&) {
    written =
        false;  // a disk that is full, a plugin that cannot export: the compiled model is good all the same
  }
  if (written) fs::rename(temporary, path, error);
  if (!written || error) fs::remove(temporary, error);
  RemoveOldFiles();
}

void CompiledCache::RemoveOldFiles() const {
  std::vector<std::pair<fs::file_time_type, fs::path>> files;
  std::error_code error;
  fs::directory_iterator entry(directory_, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (entry->path().extension() != kSuffix) continue;
    std::error_code gone;
    const fs::file_time_type time = entry->last_write_time(gone);
    if (!gone) files.emplace_back(time, entry->path());
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  for (std::size_t i = kKept; i < files.size(); ++i) fs::remove(files[i].second, error);
}

}  // namespace fruits
