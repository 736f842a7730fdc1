// compose_check compose|stack FILE...: what Docker makes of compose files, as JSON.
//
// It loads them with the libraries that `docker compose` and `docker stack deploy` load them with, so what those refuse is refused here;
// neither needs an engine. Variables are those of the environment. A stack's settings that swarm ignores are on stderr.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/docker/cli/cli/compose/loader"
	"github.com/docker/cli/cli/compose/types"
)

func compose(files []string) (any, error) {
	options, err := cli.NewProjectOptions(files, cli.WithOsEnv, cli.WithProfiles([]string{"*"}), cli.WithResolvedPaths(true))
	if err != nil {
		return nil, err
	}
	return options.LoadProject(context.Background())
}

func stack(files []string) (any, error) {
	details := types.ConfigDetails{WorkingDir: filepath.Dir(files[0]), Environment: map[string]string{}}
	for _, pair := range os.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		details.Environment[name] = value
	}
	var parsed []map[string]any
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		config, err := loader.ParseYAML(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		parsed = append(parsed, config)
		details.ConfigFiles = append(details.ConfigFiles, types.ConfigFile{Filename: file, Config: config})
	}
	for _, name := range loader.GetUnsupportedProperties(parsed...) {
		fmt.Fprintln(os.Stderr, "ignored by swarm:", name)
	}
	return loader.Load(details)
}

func main() {
	loaders := map[string]func([]string) (any, error){"compose": compose, "stack": stack}
	if len(os.Args) < 3 || loaders[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: compose_check compose|stack FILE...")
		os.Exit(2)
	}
	loaded, err := loaders[os.Args[1]](os.Args[2:])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(loaded)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "compose_check:", err)
		os.Exit(1)
	}
}
