// compose-check loads Compose files with the parser that Docker Compose itself uses and fails on whatever it rejects or warns of:
// an unknown key, a dependency on a service that is not there, a variable without a value or default.
//
//	go run . ../../docker-compose.yml
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/sirupsen/logrus"
)

// check names the services of a file. Variables come from the file's defaults alone, as on a machine where none is set.
func check(file string) ([]string, error) {
	var warnings strings.Builder
	logrus.SetOutput(&warnings)
	options, err := cli.NewProjectOptions([]string{file}, cli.WithWorkingDirectory(filepath.Dir(file)), cli.WithName("compose-check"))
	if err != nil {
		return nil, err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return nil, err
	}
	if warnings.Len() > 0 {
		return nil, fmt.Errorf("%s", strings.TrimSpace(warnings.String()))
	}
	return project.ServiceNames(), nil
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: compose-check FILE...")
		os.Exit(2)
	}
	failed := false
	for _, file := range os.Args[1:] {
		services, err := check(file)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", file, err)
			failed = true
			continue
		}
		fmt.Printf("%s: %s\n", file, strings.Join(services, " "))
	}
	if failed {
		os.Exit(1)
	}
}
