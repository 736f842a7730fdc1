// The first pass over a gzip file: gives its content, and leaves an index of it.
//
//   FRUITS_TRY(auto forward, GzipForward::Open(address, source, stop));
//   ... forward->Read(block), forward->Skip(count) ...
//   FRUITS_TRY(GzipIndex index, forward->Finish());
//
// Damage is an end with a problem, not an error. Threads: one user. Memory: 9 MiB and the index.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "io/archive/forward_reader.h"
#include "io/archive/gzip_index.h"
#include "io/archive/inflate.h"

namespace fruits::io {

class GzipForward final : public ForwardReader {
 public:
  static Result<std::unique_ptr<GzipForward>> Open(std::string address, RandomReader& source,
                                                   std::stop_token stop);

  Result<std::size_t> Read(std::span<std::byte> out) override;
  Result<std::uint64_t> Skip(std::uint64_t count) override;
  std::uint64_t position() const override { return out_total_ - ready_.size(); }
  const std::string& problem() const override { return problem_; }
  // Goes on to the end of the content, so that its checksum is verified, but not far: then the rest is not
  // looked at.
  Result<GzipIndex> Finish();

 private:
  GzipForward(std::string address, RandomReader& source, std::stop_token stop, InflateStream stream);
  Status Fill();
  Status LoadInput();
  Status BeginNextMember();
  void AtBoundary();
  void Keep();
  void End(const char* problem);
  void EndInDamage();

  const std::string address_;
  RandomReader& source_;
  const std::stop_token stop_;
  InflateStream stream_;
  std::vector<std::byte> input_;
  std::vector<std::byte> output_;
  std::span<const std::byte> ready_;  // unpacked and not yet taken
  std::uint64_t in_total_ = 0;        // loaded into input_ so far
  std::uint64_t out_total_ = 0;
  bool ended_ = false;
  bool between_members_ = true;
  std::string problem_;
  GzipIndex index_;
  // The last point met, kept when the next one lies beyond the mark.
  AccessPoint candidate_;
  std::vector<unsigned char> candidate_window_;
  std::uint64_t mark_ = 0;
};

}  // namespace fruits::io
