# Short names for the usual commands.
.PHONY: all test slow quickstart format clean
all:
	tools/setup.sh
	cmake --preset release
	cmake --build --preset release
	cmake --install build/release --prefix .venv --component fruits
quickstart:
	./quickstart.sh
test:
	./test.sh
slow:
	./test.sh --slow
format:
	.venv/bin/python tools/source_files.py --null | xargs -0 .venv/bin/clang-format -i
clean:
	rm -rf build
